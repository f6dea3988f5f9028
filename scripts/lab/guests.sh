# shellcheck shell=bash
# Test guests: small PVH or PV guests whose memory and progress can be checked. Sourced by scripts/xenlab.

readonly GUEST_READY_SECONDS=240

# A guest's name decides its address, MAC and UUID, so that it is the same guest on every host and in every lab.
# webN and the like with N up to 49 get .100+N, all others a number from their hash.
guest_number() {
    if [[ $1 =~ ^web([1-9][0-9]?)$ ]] && ((BASH_REMATCH[1] < 50)); then
        echo $((100 + BASH_REMATCH[1]))
    else
        echo $((150 + $(printf %s "$1" | cksum | cut -d' ' -f1) % 100))
    fi
}

guest_ip() { echo "$LAB_NET.$(guest_number "$1")"; }

guest_uuid() {
    printf %s "xenlab $1" | md5sum | sed -E 's/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/\1-\2-4\3-8\4-\5/'
}

check_guest_name() { [[ $1 =~ ^[a-z][a-z0-9-]{0,30}$ ]] || usage_error "'$1' is no name for a guest"; }

# Prints PATH,SIZE_MIB,rw|ro for a disk that was asked for.
guest_disk() {
    [[ $1 =~ ^(/dev/[A-Za-z0-9/._-]+|/[A-Za-z0-9/._-]+\.(img|raw|qcow2))(,([0-9]+))?(,(rw|ro))?$ ]] \
        || usage_error "guest start: '$1' is no disk: PATH[,SIZE_MIB][,ro], PATH being a device or a file .img, .raw or .qcow2"
    ((${BASH_REMATCH[4]:-64} >= 16)) || usage_error "guest start: a disk needs 16 MiB"
    echo "${BASH_REMATCH[1]},${BASH_REMATCH[4]:-64},${BASH_REMATCH[6]:-rw}"
}

# make_disks HOST FORMAT DISK…: makes those that are missing. A new one gets a file system, each one if FORMAT is yes.
make_disks() {
    local host=$1
    run_ssh "$host" bash -s -- "${@:2}" << 'SCRIPT' || return
set -euo pipefail
format=$1
shift
for disk; do
    IFS=, read -r path size _ <<< "$disk"
    fresh=$format
    [[ $path != /srv/images/* ]] || mountpoint -q /srv/images || { echo "/srv/images is not mounted" >&2; exit 1; }
    case $path in
        /dev/vg0/*) [ -e "$path" ] || { lvcreate -q -q -y -V "${size}m" --thinpool pool -n "${path##*/}" vg0 > /dev/null; fresh=yes; } ;;
        /dev/*) ;;
        *.qcow2)
            [ "$format" = yes ] || [ ! -e "$path" ] || continue
            truncate -s "${size}M" "$path.raw"
            fresh=yes
            ;;
        *) [ -e "$path" ] || { truncate -s "${size}M" "$path"; fresh=yes; } ;;
    esac
    # On an error the kernel is to give up, not to go on. Blocks of the size of a record; the smallest journal that goes with them.
    raw=$path
    [[ $path != *.qcow2 ]] || raw=$path.raw
    [ "$fresh" = no ] || mke2fs -q -F -t ext4 -b 4096 -I 256 -N 1024 -m 0 -e remount-ro -J size=4 \
        -E nodiscard,lazy_itable_init=0,lazy_journal_init=0 "$raw"
    [ "$raw" = "$path" ] || { qemu-img convert -O qcow2 "$raw" "$path" && rm "$raw"; }
done
SCRIPT
}

disks_xml() {
    local disk path mode type source driver letters=abcdefgh n=0
    for disk; do
        IFS=, read -r path _ mode <<< "$disk"
        type=block source=dev driver="name='phy' type='raw'"
        case $path in
            /dev/*) ;;
            *.qcow2) type=file source=file driver="name='qemu' type='qcow2'" ;;
            # phy here, too: Xen's script puts a loop device under it. What libvirt calls 'file' would be QEMU's.
            *) type=file source=file ;;
        esac
        printf "\n    <disk type='%s' device='disk'><driver %s/><source %s='%s'/><target dev='xvd%s' bus='xen'/>%s</disk>" \
            "$type" "$driver" "$source" "$path" "${letters:n:1}" "$([ "$mode" = rw ] || echo '<readonly/>')"
        n=$((n + 1))
    done
}

# guest_xml NAME MEMORY TYPE LOAD RATE AREA RECORDS [DISK…]
guest_xml() {
    local name=$1 memory=$2 type=$3 load=$4 rate=$5 area=$6 records=$7 os words=
    shift 7
    [ $# = 0 ] || words=" lab.disk=$# lab.records=$records"
    case $type in
        pvh) os="<type arch='x86_64' machine='xenpvh'>xenpvh</type>" ;;
        pv) os="<type arch='x86_64' machine='xenpv'>linux</type>" ;;
        *) usage_error "guest: unknown type '$type'; known: pvh, pv" ;;
    esac
    cat << XML
<domain type='xen'>
  <name>$name</name>
  <uuid>$(guest_uuid "$name")</uuid>
  <memory unit='MiB'>$memory</memory>
  <vcpu>1</vcpu>
  <os>
    $os
    <kernel>/var/lib/xen/images/vmlinux</kernel>
    <initrd>/var/lib/xen/images/guest.cpio</initrd>
    <cmdline>console=hvc0 loglevel=5 mitigations=off net.ifnames=0 lab.name=$name lab.ip=$(guest_ip "$name") lab.load=$load lab.rate=$rate lab.area=$area$words</cmdline>
  </os>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>$(disks_xml "$@")
    <interface type='bridge'>
      <source bridge='xenbr0'/>
      <mac address='00:16:3e:77:00:$(printf %02x "$(guest_number "$name")")'/>
    </interface>
    <console type='pty'><target type='xen' port='0'/></console>
  </devices>
</domain>
XML
}

lab_guest() {
    local verb=${1:-} name=${2:-}
    [ -n "$name" ] || usage_error "guest: start, stop, query or logs, and a name"
    check_guest_name "$name"
    shift 2
    need_lab
    case $verb in
        start) guest_start "$name" "$@" ;;
        stop) guest_stop "$name" "$@" ;;
        query) guest_query "$name" "$@" ;;
        logs) guest_logs "$name" ;;
        *) usage_error "guest: unknown verb '$verb'" ;;
    esac
}

guest_start() {
    local name=$1 host=xen1 memory=256 load=idle type=pvh rate=8 area="" verb=persistent records=20 format=no disk disks=() other started=$SECONDS
    shift
    while [ $# -gt 0 ]; do
        case $1 in
            --host) host=${2:?} && shift ;;
            --memory) memory=${2:?} && shift ;;
            --load) load=${2:?} && shift ;;
            --rate) rate=${2:?} && shift ;;
            --area) area=${2:?} && shift ;;
            --type) type=${2:?} && shift ;;
            --transient) verb=transient ;;
            --disk)
                disk=$(guest_disk "${2:?}")
                disks+=("$disk")
                shift
                ;;
            --format) format=yes ;;
            --records) records=${2:?} && shift ;;
            *) usage_error "guest start: unexpected '$1'" ;;
        esac
        shift
    done
    need_host "$host"
    [[ $load == idle || $load == busy ]] || usage_error "guest start: unknown load '$load'; known: idle, busy"
    [[ $memory =~ ^[0-9]+$ && $rate =~ ^[0-9]+$ && $area =~ ^[0-9]*$ && $records =~ ^[0-9]+$ ]] \
        || usage_error "guest start: memory, rate, area and records are numbers"
    ((${#disks[@]} <= 8)) || usage_error "guest start: at most 8 disks"
    ((memory >= 128)) || usage_error "guest start: a guest needs 128 MiB"
    # Half of the memory, but leave 112 MiB for the kernel and its tables: with less the service is killed for want of memory.
    area=${area:-$((memory / 2 < memory - 112 ? memory / 2 : memory - 112))}
    other=$(guest_host "$name" || true)
    [ -z "$other" ] || die "guest '$name' runs on $other already"

    [ ${#disks[@]} = 0 ] || make_disks "$host" "$format" "${disks[@]}" \
        || die "the disks of guest '$name' could not be made on $host" "prepare the host with 'xenlab disks $host'."
    if [ "$verb" = transient ]; then
        guest_xml "$name" "$memory" "$type" "$load" "$rate" "$area" "$records" "${disks[@]}" \
            | run_ssh "$host" "virsh -q -c xen:///system create /dev/stdin"
    else
        guest_xml "$name" "$memory" "$type" "$load" "$rate" "$area" "$records" "${disks[@]}" \
            | run_ssh "$host" "virsh -q -c xen:///system define /dev/stdin && virsh -q -c xen:///system start $name"
    fi
    guest_wait "$name" || { guest_log_tail "$name" "$host" >&2; die "guest '$name' does not answer on $host"; }
    say "guest '$name' runs on $host at $(guest_ip "$name") ($((SECONDS - started)) s)"
}

# Prints the first host on which the guest is active.
guest_host() {
    local host
    for host in $LAB_HOSTS; do
        host_is_on "$host" || continue
        if run_ssh -n -o ConnectTimeout=10 "$host" timeout 60 virsh -q -c xen:///system list --name 2> /dev/null | grep -qx "$1"; then
            echo "$host"
            return
        fi
    done
    return 1
}

guest_log_tail() {
    echo "==> $1 on $2"
    run_ssh -n "$2" "xl list; virsh -c xen:///system domstate --reason $1; virsh -c xen:///system domjobinfo $1
        tail -n 15 /var/log/xen/console/guest-$1.log /var/log/libvirt/libxl/libxl-driver.log /var/log/libvirt/libxl/$1.log
        xl dmesg | tail -n 10" 2> /dev/null || true
}

guest_logs() {
    local host
    for host in $LAB_HOSTS; do
        ! host_is_on "$host" || guest_log_tail "$1" "$host"
    done
}

guest_stop() {
    local name=$1 host keep=${2:-}
    [[ -z $keep || $keep == --keep ]] || usage_error "guest stop: unexpected '$keep'"
    for host in $LAB_HOSTS; do
        host_is_on "$host" || continue
        # A guest that is not there is what is wanted; anything else shows in the check below. Its disks go with it, what 'disks' made stays.
        run_ssh -n "$host" "disks=\$([ -n '$keep' ] || virsh -q -c xen:///system domblklist $name 2>/dev/null \
                | awk '\$2 ~ \"^/(dev/vg0|srv/images)/\" && \$2 !~ \"^/dev/vg0/(pool|classic|images)\$\" { print \$2 }')
            virsh -q -c xen:///system destroy $name 2>/dev/null
            [ -n '$keep' ] || virsh -q -c xen:///system undefine $name 2>/dev/null
            ! virsh -q -c xen:///system list --name | grep -qx $name || exit
            for disk in \$disks; do
                case \$disk in
                    /dev/*) [ ! -e \$disk ] || lvremove -q -q -y \$disk >/dev/null || exit ;;
                    *) rm -f \$disk ;;
                esac
            done" || die "guest '$name' could not be stopped, or its disks not be removed, on $host"
    done
    say "guest '$name' is stopped"
}

# ask SECONDS HOST IP WORDS: one request to a guest's service from HOST, which is on the guest's network.
ask() {
    run_ssh -n -o ConnectTimeout=10 "$2" "timeout $1 bash -c 'exec 3<>/dev/tcp/$3/7777 && echo \"$4\" >&3 && cat <&3' 2>/dev/null"
}

guest_query() {
    local name=$1 hosts=$LAB_HOSTS host answer
    shift
    if [ "${1:-}" = --host ]; then
        need_host "${2:-}"
        hosts=$2
        shift 2
    fi
    [[ "$*" =~ ^[a-z]+[a-z0-9\ ]*$ ]] || usage_error "guest query: what to ask?"
    for host in $hosts; do
        host_is_on "$host" || continue
        answer=$(ask 120 "$host" "$(guest_ip "$name")" "$*") || continue
        [ -n "$answer" ] || continue
        echo "$answer"
        return
    done
    die "guest '$name' does not answer from any of: $hosts"
}

guest_answers() {
    local host answer
    # A guest need not be in the list of the host that reaches it: the bridges are one network.
    for host in $LAB_HOSTS; do
        host_is_on "$host" || continue
        answer=$(ask 15 "$host" "$(guest_ip "$1")" count 2> /dev/null) || continue
        [ -z "$answer" ] || return 0
    done
    return 1
}

guest_wait() {
    local name=${1:-} seconds=${2:-$GUEST_READY_SECONDS}
    check_guest_name "$name"
    need_lab
    wait_until "$seconds" "guest '$name'" guest_answers "$name"
}
