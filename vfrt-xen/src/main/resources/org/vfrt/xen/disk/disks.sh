#!/bin/bash
# Snapshots of guests' disks. Runs on the host that has the disks. What it prints is separated by tabs.
#
#   disks.sh survey [TYPE FORMAT PATH]…
#                 for each disk 'ok ENGINE ORIGIN IDENTITY BYTES', or 'no CODE TEXT'. TYPE is 'device' or 'file'
#   disks.sh hold STORE CHECKPOINT GUEST [ENGINE ORIGIN SNAPSHOT]…
#                 says 'ready', then reads lines. 'take' takes all snapshots and is answered with 'taken MICROSECONDS' or 'failed TEXT'. 'keep'
#                 is answered with 'kept IDENTITY [BYTES]' for each, and leaves them. An image may have grown until then. Whatever ends it before that, vfrt's death too, removes them
#   disks.sh look [ENGINE ORIGIN SNAPSHOT IDENTITY PATH]…
#                 for each 'ok' if this snapshot can take the place of ORIGIN, which the guest has by PATH unless that is empty, or is there at all where that is empty; or 'no CODE TEXT'
#   disks.sh held [SNAPSHOT IDENTITY]…
#                 for each thin volume 'yes' if this host has its pool in use, else 'no'
#   disks.sh revert STORE GUEST MOMENT [ENGINE ORIGIN SNAPSHOT IDENTITY KEPT]…
#                 puts each snapshot, as a writable copy of it, in the place of ORIGIN, and leaves what was there as KEPT
#   disks.sh putback [ENGINE ORIGIN KEPT]…
#                 the other way round; nothing where there is no KEPT
#   disks.sh exchange STORE GUEST MOMENT [ENGINE ORIGIN KEPT ASIDE]…
#                 the same, but what is in the place of ORIGIN is left as ASIDE
#   disks.sh copy [ENGINE SNAPSHOT COPY]…       all or none; 'taken COPY' and nothing done when such a one is there already
#   disks.sh uncopy [ENGINE SNAPSHOT COPY]…     removes what 'copy' has made of that snapshot
#   disks.sh readable [ENGINE]…
#                 for each 'ok' if it can be told what its snapshots hold, or 'no CODE TEXT'
#   disks.sh content PROGRAM ENGINE SNAPSHOT IDENTITY [EARLIER IDENTITY]
#                 sends what a snapshot holds, or what differs from an earlier one that is still there; PROGRAM is the text of contents.py
#   disks.sh room REPLACING [ENGINE ORIGIN BYTES PATH]…
#                 for each 'ok' if a snapshot can be made there of what comes from elsewhere, to take the place of ORIGIN with REPLACING 'yes'; or 'no CODE TEXT'
#   disks.sh bring PROGRAM ENGINE ORIGIN SNAPSHOT BYTES STORE GUEST MOMENT
#                 says 'ready', then makes it of what it is sent, and says 'kept IDENTITY', or 'failed TEXT' and nothing is left
#   disks.sh list
#                 'snapshot ENGINE REFERENCE STORE CHECKPOINT GUEST', or 'kept ENGINE REFERENCE STORE MOMENT GUEST', for each that there is;
#                 'passing' in place of 'kept' for what is there only while a command makes something of it
#   disks.sh remove [ENGINE REFERENCE]…
#   revert, putback, exchange, copy, uncopy and remove end with 'done', or 'failed TEXT'; list with 'end'.
#
# ENGINE is lvm-thin, whose volumes are GROUP/VOLUME, or reflink, whose volumes are paths.
# shellcheck disable=SC2154
# The directories that have ever had such a one in them.
register=${VFRT_DISK_REGISTER:-/var/lib/vfrt/snapshot-directories}
no() { row no "$1" "$2"; }

# --- what a disk is ------------------------------------------------------------------------------------------------

survey() {
    while [ $# -gt 0 ]; do
        case $3 in
            *[[:cntrl:]]*) no disk-path "the path of a disk has a control character in it" ;;
            /*) if [ "$1" = device ]; then survey_device "$2" "$3"; else survey_file "$2" "$3"; fi ;;
            *) no disk-path "'$3' is no absolute path" ;;
        esac
        shift 3
    done
}

survey_device() {
    local format=$1 path=$2 group volume
    [ -b "$path" ] || { no disk-missing "'$path' is no block device there"; return; }
    [ "$format" = raw ] || { no disk-format "'$path' holds '$format' on a device, and QEMU keeps parts of such an image in its memory"; return; }
    command -v lvs >/dev/null || { no disk-engine "'$path' is a device, and the host has no LVM to take a snapshot of it"; return; }
    if ! values vg_name,lv_name,lv_uuid,lv_size,segtype,pool_lv "$path"; then
        case $(lsblk -dno TYPE -- "$path" 2>/dev/null) in
            disk | mpath) no disk-engine "'$path' is a whole device, of which only what provides it could take a snapshot" ;;
            *) no disk-engine "'$path' is a device that no snapshot is taken of: it is no volume of LVM" ;;
        esac
        return
    fi
    group=${values[0]} volume=${values[1]}
    if [ "${values[4]}" != thin ]; then
        no disk-engine "'$path' is a volume of type '${values[4]}', whose snapshots copy each block before it is written, and overflow"
        return
    fi
    local uuid=${values[2]} size=${values[3]} pool=${values[5]}
    values lv_name "$group/$pool" || { no disk-engine "the pool of '$path' cannot be looked at"; return; }
    if pool_full "$group/$pool"; then
        no pool-full "thin pool '$group/$pool' is filled to ${values[0]} % (its metadata to ${values[1]} %)"
        return
    fi
    row ok lvm-thin "$group/$volume" "$uuid" "$size"
}

survey_file() {
    local format=$1 path=$2 real
    real=$(readlink -e -- "$path") && [ -f "$real" ] || { no disk-missing "'$path' is no file there"; return; }
    case $format in
        raw) ;;
        qcow2) can_be_flushed "$path" "$real" || { no "$code" "$words"; return; } ;;
        *) no disk-format "'$path' is a '$format' image, of which QEMU keeps parts in its memory; of such, qcow2 is known"; return ;;
    esac
    local uuid
    uuid=$(findmnt -nro UUID -T "$real")
    [ -n "$(sharing "$real")" ] || { no disk-engine "'$path' is on a file system whose files cannot share blocks; XFS and btrfs can"; return; }
    row ok reflink "$real" "$uuid:$(stat -c %i -- "$real")" "$(stat -c %s -- "$real")"
}

# Of a qcow2 image QEMU keeps parts in its memory until somebody tells it to flush; nobody does when a guest is suspended. can_be_flushed PATH REAL: whether
# it can be told to. Why not is in $code and $words.
can_be_flushed() {
    local domain numbers
    code='disk-format'
    read -r -a numbers < <(od -An -v -tu1 -w80 -N80 -- "$2")
    words="'$1' is no qcow2 image, as its definition says"
    [ "${numbers[*]:0:4}" = "81 70 73 251" ] && [ ${#numbers[@]} -eq 80 ] || return 1
    words="'$1' is a qcow2 image with a backing file, whose state is none of its own"
    [ "${numbers[*]:8:8}" = "0 0 0 0 0 0 0 0" ] || return 1
    words="'$1' is a qcow2 image whose data are in another file"
    [ "${numbers[7]}" -lt 3 ] || [ $((numbers[79] & 4)) -eq 0 ] || return 1
    words="'$1' is a qcow2 image, and no QEMU of Xen's has it open that could be told to write what it keeps of it in its memory"
    domain=$(qemu_of "$2") && [ -n "$(monitor_of "$domain")" ] || return 1
    code=no-python
    words="'$1' is a qcow2 image, and the host has no 'python3', which would tell QEMU to flush it"
    command -v python3 >/dev/null
}

# The domain whose QEMU has a file open.
qemu_of() {
    local base=/local/domain/0/backend/qdisk domain disk params
    command -v xenstore-list >/dev/null || return
    for domain in $(xenstore-list $base 2>/dev/null); do
        for disk in $(xenstore-list $base/"$domain" 2>/dev/null); do
            params=$(xenstore-read "$base/$domain/$disk/params" 2>/dev/null)
            [ "$(readlink -e -- "${params#*:}")" != "$1" ] || { echo "$domain"; return; }
        done
    done
    return 1
}

# libxl asks its QEMU through a socket of its own; the other is for whoever wants to know something.
monitor_of() {
    local socket
    for socket in /var/run/xen/qmp-libxenstat-"$1" /var/run/xen/qmp-libxl-"$1"; do
        [ ! -S "$socket" ] || { echo "$socket"; return; }
    done
}

is_qcow2() { [ "$(head -c 4 -- "$1" 2>/dev/null | od -An -tx1)" = " 51 46 49 fb" ]; }

# The type of the file system a path is on, if files can share blocks there.
sharing() {
    local type
    type=$(findmnt -nro FSTYPE -T "$1")
    case $type in
        btrfs) echo "$type" ;;
        xfs) ! xfs_info "$(findmnt -nro TARGET -T "$1")" 2>/dev/null | grep -q reflink=1 || echo "$type" ;;
    esac
}

# --- one snapshot, by its engine -----------------------------------------------------------------------------------

# The identity of what is there under a name; nothing when there is nothing. A snapshot that somebody wrote to has another.
identity() {
    case $1 in
        lvm-thin) values lv_uuid "$2" && echo "${values[0]}" ;;
        reflink) [ -f "$2" ] && stat -c '%i:%s:%.9Y' -- "$2" ;;
    esac
}

exists() {
    case $1 in
        lvm-thin) values lv_name "$2" ;;
        reflink) [ -e "$2" ] ;;
    esac
}

# For whoever was killed between the two.
awake() { [ "$(dmsetup info -c --noheadings -o suspended "$(mapped "$1")" 2>/dev/null)" != Suspended ] || run dmsetup resume --noudevsync "$(mapped "$1")"; }

drop() {
    case $1 in
        lvm-thin)
            exists "$1" "$2" || { stands "$1" "$2"; return; }
            pool_here "$2" || { words="its thin pool is not in use on this host, and may be on another"; return 1; }
            awake "${2%"$mark"*}"
            run lvremove -qq -f "$2" || { with_device "$2" && run lvremove -qq -f "$2"; }
            ;;
        reflink) run rm -f -- "$2" ;;
    esac
}

# A volume that was made ready and never became a snapshot has no device in the pool, which LVM does not forgive.
with_device() { values thin_id "$1" && run dmsetup message "$(pool_of "$1")" 0 "create_thin ${values[0]}"; }

# stands ENGINE VOLUME: whether the storage of a volume is there at all; else that it is not found says nothing. Of files it is known where vfrt has ever been at work.
stands() {
    local where=${2%/*}
    case $1 in
        lvm-thin) run vgs --noheadings -o vg_name "$where" || { words="group '$where' is not there: $words"; return 1; } ;;
        reflink)
            where=${where%/.vfrt-snapshots}/.vfrt-snapshots
            [ -d "$where" ] || ! grep -qxF -- "$where" "$register" 2>/dev/null || { words="'$where' is not there, and was: is its file system mounted?"; return 1; }
            ;;
    esac
}

in_use() {
    case $1 in
        lvm-thin) values lv_device_open "$2" && [ "${values[0]}" = open ] ;;
        reflink) [ -n "$(losetup -nO NAME -j "$2" 2>/dev/null)" ] || { command -v fuser >/dev/null && fuser -s -- "$2" 2>/dev/null; } || qemu_of "$2" >/dev/null ;;
    esac
}

move() {
    case $1 in
        lvm-thin) run lvrename -qq "$2" "${3#*/}" ;;
        reflink) run mv -nT -- "$2" "$3" && [ ! -e "$2" ] ;;
    esac
}

# writable ENGINE SNAPSHOT NEW [OPTION…]: a volume of its own that begins as the snapshot is.
writable() {
    case $1 in
        lvm-thin) run lvcreate -qq --snapshot --setactivationskip n --permission rw "${@:4}" --name "${3#*/}" "$2" ;;
        reflink) [ ! -e "$3" ] && share "$2" "$3" && run chmod 0600 "$3" ;;
    esac
}

# --- with the image ------------------------------------------------------------------------------------------------

hold() {
    store=$1 checkpoint=$2 guest=$3
    shift 3
    held=("$@")
    kept=no
    trap '' HUP PIPE INT TERM
    trap let_go EXIT
    prepare || { row failed "$words"; return; }
    echo ready
    local word
    while read -r word; do
        case $word in
            take) take_all ;;
            keep) keep_all && return ;;
            *) row failed "unknown word" ;;
        esac
    done
}

# What can be done before the moment. LVM takes a second or two for a snapshot where processors are slow, most of it for what it notes. So the
# volume is made before, as an empty one, and at the moment the kernel alone is told that it is a snapshot; LVM knows it by the number of its
# device in the pool, and that stays.
prepare() {
    local i
    origin_device=() pool_device=() origin_number=() snapshot_number=() served=()
    for ((i = 0; i < ${#held[@]}; i += 3)); do
        case ${held[i]} in
            reflink) run mkdir -p -m 0700 -- "${held[i + 2]%/*}" && enter "${held[i + 2]%/*}" && alike "${held[i + 1]}" "${held[i + 2]}" && prepare_image "${held[i + 1]}" || return 1 ;;
            lvm-thin)
                ! open_in_qemu "$(readlink -e -- "/dev/${held[i + 1]}")" || served[i]=yes
                prepare_volume $i "${held[i + 1]}" "${held[i + 2]}" || return 1
                ;;
        esac
    done
}

# Emulated disks are in no directory of xenstore's.
open_in_qemu() {
    local process
    for process in $(pgrep -f '^[^ ]*qemu'); do
        [ -z "$(find "/proc/$process/fd" -lname "$1" 2>/dev/null)" ] || return 0
    done
    return 1
}

# Everything but the flush itself comes before the guest stands still. QEMU is asked by the image's file, and told by the name that it has for it.
prepare_image() {
    local domain
    is_qcow2 "$1" || return 0
    can_be_flushed "$1" "$1" && domain=$(qemu_of "$1") || return 1
    # Bash would complain that it has another such process already.
    [ -n "${flusher:-}" ] || speak_to_qemu 2>/dev/null
    row open "$(monitor_of "$domain")" "$1" >&"$qemu_end" && read -r -t 30 words <&"${qemu[0]}" && [ "$words" = ok ]
}

# QEMU's machine protocol (qemu-qmp-ref(7)). There is no command of its own that flushes an image; qemu-io's does.
speak_to_qemu() {
    coproc qemu { exec python3 -uc '
import json, os, socket, sys

class Monitor:
    def __init__(self, path):
        wire = socket.socket(socket.AF_UNIX)
        wire.settimeout(10)
        wire.connect(path)
        self.wire = wire.makefile("rwb")
        self.wire.readline()
        self.say("qmp_capabilities")

    def say(self, command, **arguments):
        self.wire.write(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        self.wire.flush()
        while True:
            line = self.wire.readline()
            if not line:
                raise OSError("QEMU is gone")
            answer = json.loads(line)
            if "error" in answer:
                raise OSError(answer["error"]["desc"])
            if "return" in answer:
                return answer["return"]

monitors, nodes = {}, []
for line in sys.stdin:
    word, *rest = line.rstrip("\n").split("\t")
    try:
        if word == "open":
            monitor = monitors[rest[0]] = monitors.get(rest[0]) or Monitor(rest[0])
            found = [node["node-name"] for node in monitor.say("query-named-block-nodes")
                     if node["drv"] == "qcow2" and os.path.realpath(node["file"]) == rest[1]]
            if not found:
                raise OSError("QEMU has no image " + rest[1])
            nodes += [(monitor, name) for name in found]
        else:
            for monitor, name in nodes:
                said = monitor.say("human-monitor-command", **{"command-line": "qemu-io " + name + " flush"}).strip()
                if said:
                    raise OSError(said.splitlines()[-1])
        print("ok")
    except (OSError, ValueError) as e:
        print("QEMU:", e)
'; } 2>/dev/null
    flusher=$! qemu_end=${qemu[1]}
}

prepare_volume() {
    local i=$1 origin=$2 snapshot=$3 bytes
    values lv_size,thin_id,pool_lv "$origin" || { words="'$origin' is gone"; return 1; }
    bytes=${values[0]} origin_number[i]=${values[1]} origin_device[i]=$(mapped "$origin")
    pool_device[i]=$(mapped "${origin%/*}/${values[2]}")-tpool
    run lvcreate -qq --config 'backup{backup=0 archive=0} activation{monitoring=0}' --thin --virtualsize "${bytes}b" --thinpool "${origin%/*}/${values[2]}" \
        --setactivationskip y --activate n --permission r --addtag vfrt --addtag "vfrt.store=$store" \
        --addtag "vfrt.checkpoint=$checkpoint" --addtag "vfrt.guest=$guest" --name "${snapshot#*/}" || return 1
    values thin_id "$snapshot" || { words="'$snapshot' was not made"; return 1; }
    snapshot_number[i]=${values[0]}
    run dmsetup message "${pool_device[i]}" 0 "delete ${snapshot_number[i]}" || return 1
    [ -n "${speaker:-}" ] || speak_to_kernel 2>/dev/null
}

# Others may write where disks are; what root writes into must be root's.
enter() {
    if [ -L "$1" ] || [ "$(stat -c '%u %a' -- "$1")" != "$(id -u) 700" ]; then
        words="'$1' is there, and not a private directory of this user"
        return 1
    fi
    [ -d "${register%/*}" ] || run mkdir -p -m 0700 "${register%/*}" || return 1
    grep -qxF -- "$1" "$register" 2>/dev/null && return
    printf '%s\n' "$1" >>"$register" || { words="'$register' cannot be written"; return 1; }
}

has_images_open() {
    local i
    for ((i = 0; i < ${#held[@]}; i += 3)); do
        [ "${held[i]}" != reflink ] || ! is_qcow2 "${held[i + 1]}" || ! qemu_of "${held[i + 1]}" >/dev/null || return 0
    done
    return 1
}

# All disks at once: guests wait for it. What LVM's volumes need afterwards, they do not wait for.
take_all() {
    local i jobs=() failed='' begun=${EPOCHREALTIME/./}
    # After a save QEMU is gone: it has closed the images, and written all. Asked last, for guests wait.
    if [ -n "${flusher:-}" ] && ! { echo flush >&"$qemu_end" && read -r -t 15 words <&"${qemu[0]}" && [ "$words" = ok ]; } && has_images_open; then
        row failed "QEMU did not write what it keeps of an image in its memory: $words"
        return
    fi
    # A QEMU that serves a device leaves what it wrote in the host's cache.
    for ((i = 0; i < ${#held[@]}; i += 3)); do
        [ "${held[i]}" != lvm-thin ] || [ "${served[i]:-no}" = no ] || run sync -- "/dev/${held[i + 1]}" || { row failed "what is cached of '${held[i + 1]}' was not written: $words"; return; }
    done
    for ((i = 0; i < ${#held[@]}; i += 3)); do
        [ "${held[i]}" = reflink ] || continue
        take $i &
        jobs+=($!)
    done
    for ((i = 0; i < ${#held[@]}; i += 3)); do
        [ "${held[i]}" = reflink ] || [ -n "$failed" ] || take $i || failed=yes
    done
    for i in "${jobs[@]}"; do wait "$i" || failed=yes; done
    # Each says by itself what went wrong.
    [ -n "$failed" ] || row taken $((${EPOCHREALTIME/./} - begun))
    for ((i = 0; i < ${#held[@]}; i += 3)); do [ "${held[i]}" != lvm-thin ] || awake "${held[i + 1]}"; done
}

take() {
    "take_${held[$1]}" "$1" && return
    row failed "no snapshot of '${held[$1 + 1]}' was taken: $words"
    return 1
}

take_reflink() { run cp --reflink=always -- "${held[$1 + 1]}" "${held[$1 + 2]}"; }

# A volume must be suspended while a snapshot of it is made: what was on its way to the disk is there then.
take_lvm-thin() {
    local origin=${origin_device[$1]} pool=${pool_device[$1]} message="create_snap ${snapshot_number[$1]} ${origin_number[$1]}"
    if [ -n "${speaker:-}" ]; then
        row "$origin" "$pool" "$message" >&"$kernel_end" && read -r -t 10 words <&"${kernel[0]}" && [ "$words" = ok ]
    else
        run dmsetup suspend --nolockfs --noudevsync "$origin" && run dmsetup message "$pool" 0 "$message"
    fi
}

# The same two calls as dmsetup makes, from a process that runs already: on slow processors two more would take longer than the rest. dm-ioctl.h.
speak_to_kernel() {
    command -v python3 >/dev/null || return 0
    coproc kernel { exec python3 -uc '
import fcntl, struct, sys
control = open("/dev/mapper/control", "rb+", buffering=0)
SUSPEND, MESSAGE, SUSPEND_WITHOUT_FILE_SYSTEM = 6, 14, 1 << 1 | 1 << 10

def call(number, device, flags, data):
    request = bytearray(16384)
    struct.pack_into("=IIIIIIiIIIQ", request, 0, 4, 0, 0, len(request), 312, 0, 0, flags, 0, 0, 0)
    request[48:48 + len(device)] = device
    request[312:312 + len(data)] = data
    fcntl.ioctl(control, 0xC138FD00 | number, request)

for line in sys.stdin.buffer:
    origin, pool, message = line.rstrip(b"\n").split(b"\t")
    try:
        call(SUSPEND, origin, SUSPEND_WITHOUT_FILE_SYSTEM, b"")
        call(MESSAGE, pool, 0, bytes(8) + message + bytes(1))
        print("ok")
    except OSError as e:
        print("device mapper:", e.strerror)
'; } 2>/dev/null
    speaker=$! kernel_end=${kernel[1]}
}

# A checkpoint that names them must find them after a power cut.
keep_all() {
    local i
    for ((i = 0; i < ${#held[@]}; i += 3)); do
        [ "${held[i]}" != reflink ] || { run chmod 0400 "${held[i + 2]}" && run sync -f "${held[i + 2]}"; } || { row failed "$words"; return 1; }
    done
    kept=yes
    for ((i = 0; i < ${#held[@]}; i += 3)); do
        case ${held[i]} in
            reflink) row kept "$(identity reflink "${held[i + 2]}")" "$(stat -c %s -- "${held[i + 2]}")" ;;
            *) row kept "$(identity "${held[i]}" "${held[i + 2]}")" ;;
        esac
    done
}

let_go() {
    local i
    # It may be in the middle of a suspend that waits for a disk, and leave the volume suspended after all that follows here.
    if [ -n "${speaker:-}" ]; then
        exec {kernel_end}>&-
        wait "$speaker"
    fi
    for ((i = 0; i < ${#held[@]}; i += 3)); do [ "${held[i]}" != lvm-thin ] || awake "${held[i + 1]}"; done
    [ $kept = no ] || return 0
    for ((i = 0; i < ${#held[@]}; i += 3)); do drop "${held[i]}" "${held[i + 2]}"; done
}

# --- in the place of a disk ----------------------------------------------------------------------------------------

look() {
    local found
    while [ $# -gt 0 ]; do
        found=$(identity "$1" "$3")
        if [ -z "$found" ]; then
            no snapshot-missing "snapshot '$3' is not there"
        elif [ "$found" != "$4" ]; then
            no snapshot-changed "'$3' is not the snapshot that was taken: it is '$found' and was '$4'"
        elif [ -z "$2" ] && [ "$1" = lvm-thin ] && pool_of_is_full "$3"; then
            no pool-full "the thin pool of '$3' is filled to ${values[0]} % (its metadata to ${values[1]} %), and a copy would write to it"
        elif [ -n "$2" ] && in_use "$1" "$2"; then
            no disk-in-use "somebody on the host has '$2' open"
        elif [ -n "$2" ] && [ -n "$5" ] && leads_elsewhere "$1" "$2" "$5"; then
            no disk-elsewhere "the guest's '$5' is not '$2' any more: another disk would be used than the one that gets its state back"
        else
            row ok
        fi
        shift 5
    done
}

pool_of_is_full() { values pool_lv "$1" && pool_full "${1%/*}/${values[0]}"; }

# leads_elsewhere ENGINE ORIGIN PATH: a path may be a link that leads elsewhere since.
leads_elsewhere() {
    case $1 in
        reflink) [ "$(readlink -m -- "$3")" != "$2" ] ;;
        lvm-thin) [ -e "$3" ] && { ! values vg_name,lv_name "$3" || [ "${values[0]}/${values[1]}" != "$2" ]; } ;;
    esac
}

held() {
    local found
    while [ $# -gt 0 ]; do
        found=no
        if command -v lvs >/dev/null && [ "$(identity lvm-thin "$1")" = "$2" ]; then
            ! pool_here "$1" || found=yes
        fi
        row $found
        shift 2
    done
}

revert() {
    store=$1 guest=$2 moment=$3
    shift 3
    local all=("$@") i answer
    for ((i = 0; i < ${#all[@]}; i += 5)); do
        answer=$(look "${all[@]:i:4}" '')
        [ "$answer" = ok ] || { row failed "${answer##*$'\t'}"; return; }
        if exists "${all[i]}" "${all[i + 4]}"; then row failed "'${all[i + 4]}' is there already"; return; fi
    done
    for ((i = 0; i < ${#all[@]}; i += 5)); do
        revert_one "${all[@]:i:5}" || {
            row failed "'${all[i + 1]}' was not replaced: $words"
            return
        }
    done
    row 'done'
}

# keep ENGINE ORIGIN KEPT
keep() {
    move "$1" "$2" "$3" || return 1
    [ "$1" = lvm-thin ] || return 0
    # It may still say what an earlier restore kept.
    untag "$3" && run lvchange -qq --addtag vfrt --addtag "vfrt.store=$store" --addtag "vfrt.guest=$guest" --addtag "vfrt.kept=$moment" "$3"
}

revert_one() {
    local engine=$1 origin=$2 snapshot=$3 kept=$5
    if exists "$engine" "$origin"; then
        [ "$engine" != reflink ] || { run mkdir -p -m 0700 -- "${kept%/*}" && enter "${kept%/*}" || return 1; }
        keep "$engine" "$origin" "$kept" || return 1
    fi
    exists "$engine" "$kept" || { "make_$engine" "$snapshot" "$origin" "$kept"; return; }
    writable "$engine" "$snapshot" "$origin" || return 1
    [ "$engine" != reflink ] || {
        [ ! -e "$kept" ] || { run chmod --reference="$kept" -- "$origin" && run chown --reference="$kept" -- "$origin" || return 1; }
        run sync -f "$origin"
    }
}

# Where there was nothing, it is noted which restore made it: when that is taken back, there is to be nothing again.
make_lvm-thin() { writable lvm-thin "$1" "$2" --addtag "vfrt.made=$(moment_of "$3")"; }

make_reflink() {
    run mkdir -p -m 0700 -- "${3%/*}" && enter "${3%/*}" && run rm -f -- "$2$mark"new && writable reflink "$1" "$2$mark"new \
        && echo "$(stat -c %i -- "$2$mark"new) $(moment_of "$3")" >"$(made_note "$2")" && move reflink "$2$mark"new "$2" && run sync -f "$2"
}

made_note() { printf '%s/.vfrt-snapshots/%s.made' "${1%/*}" "${1##*/}"; }

moment_of() {
    local moment=${1##*"$mark"kept-}
    echo "${moment%%.*}"
}

# made ENGINE ORIGIN KEPT: whether that restore made it.
made() {
    case $1 in
        lvm-thin) values lv_tags "$2" && [ "$(tag made "${values[0]}")" = "$(moment_of "$3")" ] ;;
        reflink) [ -e "$2" ] && [ "$(cat -- "$(made_note "$2")" 2>/dev/null)" = "$(stat -c %i -- "$2") $(moment_of "$3")" ] ;;
    esac
}

putback() {
    while [ $# -gt 0 ]; do
        back "$1" "$2" "$3" '' || { row failed "'$3' did not become '$2' again: $words"; return; }
        shift 3
    done
    row 'done'
}

exchange() {
    store=$1 guest=$2 moment=$3
    shift 3
    while [ $# -gt 0 ]; do
        back "$@" || { row failed "'$3' did not become '$2' again: $words"; return; }
        shift 4
    done
    row 'done'
}

# back ENGINE ORIGIN KEPT ASIDE
back() {
    if ! exists "$1" "$3" && ! made "$1" "$2" "$3"; then
        stands "$1" "$3" || return 1
        # Somebody was killed between the two.
        [ "$1" != lvm-thin ] || untag "$2"
        return
    fi
    if in_use "$1" "$2"; then
        words="somebody on the host has it open"
        return 1
    fi
    if [ -z "$4" ]; then
        drop "$1" "$2" || return 1
    elif exists "$1" "$2"; then
        keep "$1" "$2" "$4" || return 1
    fi
    if ! exists "$1" "$3"; then
        # Another file may get its number.
        [ "$1" != reflink ] || run rm -f -- "$(made_note "$2")"
        return
    fi
    move "$1" "$3" "$2" || return 1
    # Else it would be taken for what a restore has kept.
    [ "$1" != lvm-thin ] || untag "$2"
}

untag() {
    local tag tags=()
    values lv_tags "$1" || return 0
    while IFS= read -r tag; do
        case $tag in vfrt | vfrt.*) tags+=(--deltag "$tag") ;; esac
    done < <(tr ',' '\n' <<<"${values[0]}")
    [ ${#tags[@]} -eq 0 ] || run lvchange -qq "${tags[@]}" "$1"
}

copy() {
    local all=("$@") i
    for ((i = 0; i < ${#all[@]}; i += 3)); do
        if exists "${all[i]}" "${all[i + 2]}"; then row taken "${all[i + 2]}"; return; fi
    done
    for ((i = 0; i < ${#all[@]}; i += 3)); do
        "copy_${all[i]}" "${all[i + 1]}" "${all[i + 2]}" || { row failed "'${all[i + 2]}' was not made: $words"; return; }
    done
    row 'done'
}

# The tag says that it is a copy's: which volume it is a snapshot of is not told any more when that one is gone.
copy_lvm-thin() { writable lvm-thin "$1" "$2" --addtag vfrt.copy; }

# Under another name until it is noted which file it is: nobody else's is to be removed for it.
copy_reflink() {
    run rm -f -- "$2$mark"new && writable reflink "$1" "$2$mark"new && note_copy "$2" && move reflink "$2$mark"new "$2" && run sync -f "$2"
}

note_copy() { stat -c %i -- "$1$mark"new >"$(copy_note "$1")" || { words="'$(copy_note "$1")' cannot be written"; return 1; }; }
copy_note() { printf '%s/.vfrt-snapshots/%s.copy' "${1%/*}" "${1##*/}"; }

uncopy() {
    while [ $# -gt 0 ]; do
        "uncopy_$1" "$2" "$3" || { row failed "'$3' was not removed: $words"; return; }
        shift 3
    done
    row 'done'
}

uncopy_lvm-thin() {
    values lv_tags,origin "$2" || { stands lvm-thin "$2"; return; }
    case ,${values[0]}, in
        *,vfrt.copy,*) drop lvm-thin "$2" ;;
        *) [ "${values[1]:-}" != "${1#*/}" ] || drop lvm-thin "$2" ;;
    esac
}

uncopy_reflink() {
    local note
    note=$(copy_note "$2")
    stands reflink "$2" || return 1
    run rm -f -- "$2$mark"new || return 1
    [ -e "$note" ] || return 0
    [ "$(stat -c %i -- "$2" 2>/dev/null)" != "$(<"$note")" ] || drop reflink "$2" || return 1
    run rm -f -- "$note"
}

# --- what snapshots hold -------------------------------------------------------------------------------------------

needs_python() {
    command -v python3 >/dev/null || {
        no no-python "the host has no 'python3', which reads and writes contents of disks there"
        return 1
    }
}

readable() {
    while [ $# -gt 0 ]; do
        ! needs_python || row ok
        shift
    done
}

content() {
    local program=$1 engine=$2 snapshot=$3 earlier=${5:-}
    [ "$(identity "$engine" "$snapshot")" = "$4" ] || { echo "snapshot '$snapshot' is not there, or is another" >&2; exit 1; }
    [ -n "$earlier" ] && [ "$(identity "$engine" "$earlier")" = "$6" ] || earlier=''
    trap '' HUP PIPE INT TERM
    "content_$engine"
}

content_reflink() { exec python3 -uc "$program" read-file "$snapshot" ${earlier:+"$earlier"}; }

content_lvm-thin() {
    local status
    run lvchange -qq -K -ay "$snapshot" || { echo "snapshot '$snapshot' cannot be activated: $words" >&2; exit 1; }
    { [ -z "$earlier" ] || delta "$earlier" "$snapshot"; } 2>/dev/null | python3 -uc "$program" read-device "/dev/$snapshot"
    status=$?
    run lvchange -qq -an "$snapshot"
    exit $status
}

# What differs between two volumes of a pool; nothing where that cannot be told. thin_delta(8) reads the pool's metadata as they were at a moment, of
# which a pool has one at a time. What somebody of vfrt's was killed over, the next one lets go.
delta() {
    local pool from to stale=/run/vfrt-thin-metadata.
    command -v thin_delta >/dev/null || return
    values thin_id "$1" && from=${values[0]} && values thin_id "$2" && to=${values[0]} && pool=$(pool_of "$2") || return
    # Devices are numbered within a pool.
    [ "$(pool_of "$1")" = "$pool" ] || return
    exec {turn}>"$stale$pool.lock" && flock -w 600 "$turn" || return
    [ ! -e "$stale$pool" ] || dmsetup message "$pool" 0 release_metadata_snap
    : >"$stale$pool"
    if dmsetup message "$pool" 0 reserve_metadata_snap; then
        thin_delta -m --thin1 "$from" --thin2 "$to" "/dev/mapper/${pool%-tpool}_tmeta" {turn}>&-
        dmsetup message "$pool" 0 release_metadata_snap
    fi
    rm -f "$stale$pool"
}

# Where the volume of a disk that is not there would be: the pool of its group, if it has one only.
pool_for() {
    local pools
    values pool_lv "$1" && [ -n "${values[0]}" ] && echo "${1%/*}/${values[0]}" && return
    mapfile -t pools < <(lvs --noheadings -o lv_name -S segtype=thin-pool "${1%/*}" 2>/dev/null | tr -d ' ')
    [ ${#pools[@]} -eq 1 ] && echo "${1%/*}/${pools[0]}"
}

room() {
    local replacing=$1
    shift
    while [ $# -gt 0 ]; do
        ! needs_python || {
            if [ "$replacing" = yes ] && exists "$1" "$2" && in_use "$1" "$2"; then
                no disk-in-use "somebody on the host has '$2' open"
            elif [ "$replacing" = yes ] && leads_elsewhere "$1" "$2" "$4"; then
                no disk-elsewhere "the guest's '$4' leads elsewhere there than to '$2', where its state would be put"
            else
                "room_$1" "$2" "$3"
            fi
        }
        shift 4
    done
}

room_lvm-thin() {
    local pool
    command -v lvs >/dev/null && pool=$(pool_for "$1") || { no no-place-for-disk "group '${1%/*}' has no thin pool there, or several, for a new '$1'"; return; }
    values data_percent "$pool" && [ -n "${values[0]}" ] || { no pool-inactive "thin pool '$pool' is not active there: it is damaged, or another host has it"; return; }
    # Only what is not zero is written.
    values zero "$pool" && [ -n "${values[0]}" ] || { no pool-not-zeroed "thin pool '$pool' does not zero its blocks, so a new volume would show what others had there ('lvchange -Zy $pool' mends it)"; return; }
    if pool_full "$pool"; then no pool-full "thin pool '$pool' is filled to ${values[0]} % (its metadata to ${values[1]} %)"; else row ok; fi
}

room_reflink() {
    local where=${1%/*} type
    [ -d "$where" ] || { no no-place-for-disk "there is no directory '$where' for a new '${1##*/}'"; return; }
    type=$(sharing "$where")
    if [ -n "$type" ]; then row ok; else no disk-engine "'$where' is on a file system whose files cannot share blocks; XFS and btrfs can"; fi
}

bring() {
    local program=$1 engine=$2 origin=$3 snapshot=$4 bytes=$5 moment=$8
    store=$6 guest=$7
    trap '' HUP PIPE INT TERM
    if "bring_$engine"; then
        row kept "$(identity "$engine" "$snapshot")"
    else
        local why=$words
        drop "$engine" "$snapshot"
        row failed "$why"
    fi
}

taken_in() {
    echo ready
    words=$(python3 -uc "$program" write "$@" 2>&1) && return
    words=${words##*$'\n'}
    return 1
}

bring_reflink() {
    run mkdir -p -m 0700 -- "${snapshot%/*}" && enter "${snapshot%/*}" && run rm -f -- "$snapshot" && run truncate -s "$bytes" -- "$snapshot" \
        && taken_in "$snapshot" "$bytes" && run chmod 0400 "$snapshot" && run sync -f "$snapshot"
}

bring_lvm-thin() {
    local pool
    pool=$(pool_for "$origin") || { words="there is no thin pool for it"; return 1; }
    run lvcreate -qq --thin --virtualsize "${bytes}b" --thinpool "$pool" --setactivationskip n --addtag vfrt --addtag "vfrt.store=$store" \
        --addtag "vfrt.guest=$guest" --addtag "vfrt.kept=$moment" --name "${snapshot#*/}" \
        && taken_in "/dev/$snapshot" "$bytes" bash -c "$(declare -p full); $(declare -f values pool_full); ! pool_full '$pool'" \
        && run lvchange -qq -an "$snapshot" && run lvchange -qq --permission r --setactivationskip y "$snapshot"
}

# --- what there is -------------------------------------------------------------------------------------------------

list() {
    local group volume tags pool moment_word
    if command -v lvs >/dev/null; then
        while IFS='|' read -r group volume tags pool; do
            # An operator may have given a volume its name back; and of a pool that another host uses, that one tells.
            case $volume in *"$mark"*) dmsetup info "$(mapped "$group/$pool")-tpool" >/dev/null 2>&1 || continue ;; *) continue ;; esac
            case ,$tags,$volume in
                *,vfrt.files,* | *"${mark}brought-"*) moment_word=passing ;;
                *) moment_word=kept ;;
            esac
            of_vfrt lvm-thin "$group/$volume" "$(tag store "$tags")" "$(tag checkpoint "$tags")" "$(tag kept "$tags")" "$(tag guest "$tags")"
        done < <(lvs --noheadings --separator '|' -o vg_name,lv_name,lv_tags,pool_lv @vfrt 2>/dev/null | sed 's/^ *//')
    fi
    local where file name
    [ -r "$register" ] || { row end; return; }
    # The image may be a hidden file.
    shopt -s dotglob
    while IFS= read -r where; do
        for file in "$where"/*"$mark"*; do
            [ -f "$file" ] || continue
            # BASE.vfrt-CHECKPOINT.STORE.GUEST, or BASE.vfrt-kept-MOMENT.STORE.GUEST, or brought in place of kept
            name=${file##*"$mark"}
            case $name in brought-*) moment_word=passing ;; *) moment_word=kept ;; esac
            case $name in
                kept-*.*.* | brought-*.*.*) of_vfrt reflink "$file" "$(part 2 "$name")" '' "$(part 1 "${name#*-}")" "$(part 3 "$name")" ;;
                *.*.*) of_vfrt reflink "$file" "$(part 2 "$name")" "$(part 1 "$name")" '' "$(part 3 "$name")" ;;
            esac
        done
    done < <(sort -u "$register")
    row end
}

tag() { tr ',' '\n' <<<"$2" | sed -n "s/^vfrt\.$1=//p" | head -n 1; }
part() { cut -d. -f"$1" <<<"$2"; }

# of_vfrt ENGINE REFERENCE STORE CHECKPOINT MOMENT GUEST; $moment_word says what one with a moment is
of_vfrt() {
    [ -n "$3" ] && [ -n "$6" ] || return 0
    if [ -n "$5" ]; then row "$moment_word" "$1" "$2" "$3" "$5" "$6"; elif [ -n "$4" ]; then row snapshot "$1" "$2" "$3" "$4" "$6"; fi
}

# Only what bears vfrt's mark, whatever is asked for.
remove() {
    local first='' more=0
    while [ $# -gt 0 ]; do
        if ! removed "$1" "$2"; then
            [ -z "$first" ] || more=$((more + 1))
            first=${first:-$words}
        fi
        shift 2
    done
    # One that cannot go keeps no other.
    if [ -z "$first" ]; then row 'done'; elif [ $more = 0 ]; then row failed "$first"; else row failed "$first; and $more more"; fi
}

removed() {
    case $2 in
        *"$mark"*) drop "$1" "$2" || { words="'$2' was not removed: $words"; return 1; } ;;
        *) words="'$2' is nothing of vfrt's"; return 1 ;;
    esac
}

# One at a time: what a command began goes on when the way to it breaks, and the next one must not take half of it for all.
turn() {
    exec 9>>"${VFRT_DISK_LOCK:-/run/vfrt-disks.lock}" && flock -w 500 9 || {
        row failed "an earlier change of disks on this host does not end"
        exit 0
    }
}

verb=$1
shift
case $verb in
    revert | putback | exchange | copy | uncopy | remove) turn ;;
esac
case $verb in
    survey | hold | look | held | revert | putback | exchange | copy | uncopy | readable | content | room | bring | list | remove) "$verb" "$@" ;;
    *) exit 2 ;;
esac
