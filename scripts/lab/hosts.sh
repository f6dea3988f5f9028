# shellcheck shell=bash
# The hosts: QEMU processes, their networks, their power. Sourced by scripts/xenlab.
#
# $LAB_RUN/state     what 'up' was asked for; 'complete=yes' once all hosts were ready
# $LAB_RUN/ssh       ssh with the lab's configuration, for people, scripts and libvirt's URIs
# $LAB_RUN/lun.raw   a disk that all hosts share
# $LAB_RUN/xenN/     one host: disk.qcow2, seed.tar, data.qcow2, pid, console.log, console.sock, monitor.sock

readonly LAB_READY_SECONDS=${VFRT_XENLAB_SECONDS:-420}
readonly LAB_DATA_SIZE=6G
readonly LAB_LUN_SIZE=512M

host_number() {
    [[ $1 =~ ^xen([1-9])$ ]] && ((BASH_REMATCH[1] <= LAB_MAX_HOSTS)) || usage_error "'$1' is no host of the lab"
    echo "${BASH_REMATCH[1]}"
}

host_ssh_port() { echo $((2190 + 10 * LAB_NUMBER + $(host_number "$1"))); }
host_libvirt_port() { echo $((16500 + 10 * LAB_NUMBER + $(host_number "$1"))); }

# The UDP port on which FROM's end of the cable to TO listens.
cable_port() { echo $((12600 + 100 * LAB_NUMBER + 10 * $1 + $2)); }

# Prints the process of a host, if it is the very process that the lab started and not a later one with its number.
host_pid() {
    local pid
    pid=$(cat "$LAB_RUN/$1/pid" 2> /dev/null) || return 1
    tr '\0' ' ' 2> /dev/null < "/proc/$pid/cmdline" | grep -qF -- "-name vfrt-xenlab-$1 -pidfile $LAB_RUN/$1/pid " || return 1
    echo "$pid"
}

host_is_on() { host_pid "$1" > /dev/null; }

# Sets LAB_RELEASE LAB_HOSTS LAB_IMAGE LAB_HOST_MEMORY LAB_DOM0_MEMORY LAB_CPUS LAB_ACCEL LAB_BMC and `complete`.
load_state() {
    complete=no LAB_BMC=no
    [ -f "$LAB_RUN/state" ] || return 1
    # shellcheck disable=SC1091
    . "$LAB_RUN/state"
}

need_lab() { load_state && [ "$complete" = yes ] || die "no lab is up" "start one with 'xenlab up'."; }

need_host() {
    host_number "$1" > /dev/null
    need_lab
    [[ " $LAB_HOSTS " == *" $1 "* ]] || usage_error "the lab has no '$1'; it has: $LAB_HOSTS"
}

monitor() { printf '%s\n' "$2" | socat -t 2 - "unix-connect:$LAB_RUN/$1/monitor.sock" > /dev/null; }

# All that is not said otherwise shares one connection to each host: a new one costs an emulated processor a second. vfrt's own
# shells have theirs (SshShell), and so what is tested of them is what everybody gets. The process that keeps the connection ends with
# it, and so with the host.
run_ssh() { "$LAB_RUN/ssh" "$@" 9>&-; }

# --- start and stop ------------------------------------------------------------------------------------------------

# KVM is of use only if the processor offers its virtualization to guests and Xen is seen to use it.
choose_accel() {
    local log pid
    LAB_ACCEL=tcg
    if [ -n "${VFRT_XENLAB_ACCEL:-}" ]; then
        LAB_ACCEL=$VFRT_XENLAB_ACCEL
        return
    fi
    [ -w /dev/kvm ] && grep -qwE 'svm|vmx' /proc/cpuinfo || return 0
    log=$(mktemp "$LAB_CACHE/kvm-probe.XXXX")
    timeout 20 qemu-system-x86_64 -accel kvm -cpu host -machine q35 -m 1024 -nodefaults -display none -no-reboot \
        -kernel "$LAB_IMAGE/xen" -append 'placeholder console=com1 no-real-mode edd=off noreboot' \
        -initrd "$LAB_IMAGE/vmlinux" -serial "file:$log" > /dev/null 2>&1 9>&- &
    pid=$!
    # Xen reports this before it starts dom0, which ends for want of a root disk.
    if wait_until 15 "probe of Xen under KVM" grep -q 'Hardware Assisted Paging (HAP) detected' "$log" 2> /dev/null; then
        LAB_ACCEL=kvm
    fi
    kill "$pid" 2> /dev/null || true
    rm -f "$log"
}

# Identity of a host: what differs between hosts that share an image. The host unpacks it early in its boot.
make_seed() {
    local host=$1 seed=$LAB_RUN/$1/seed
    mkdir -p "$seed"/{etc/ssh,root/.ssh}
    chmod 700 "$seed/root/.ssh"
    cp "$LAB_KEYS/$host" "$seed/etc/ssh/ssh_host_ed25519_key"
    cp "$LAB_KEYS/$host.pub" "$seed/etc/ssh/ssh_host_ed25519_key.pub"
    cp "$LAB_KEYS/id_ed25519.pub" "$seed/root/.ssh/authorized_keys"
    echo "$host" > "$seed/etc/hostname"
    tar -C "$seed" --owner=0 --group=0 -cf "$LAB_RUN/$host/seed.tar" etc/ssh etc/hostname root/.ssh
    rm -r "$seed"
}

# The network that leads to this machine. passt, not QEMU's own user network: that one cuts all into packets of 1500 bytes, and each
# costs the emulated processor 0.2 ms, so that a guest's memory would arrive at 5 MB/s. The host sees this machine as 10.0.2.2.
start_work_net() {
    local host=$1 dir=$LAB_RUN/$1 user=()
    # As root it would become nobody, who may not look into this directory; it locks itself into a name space of its own either way.
    [ "$(id -u)" != 0 ] || user=(--runas 0:0)
    rm -f "$dir/work.sock"
    # -1: it ends with QEMU. In a session of its own: a Ctrl-C is for this command alone.
    setsid passt -f -1 -q -4 "${user[@]}" -s "$dir/work.sock" -P "$dir/work.pid" -i lo -M 52:55:0a:00:02:02 \
        -a 10.0.2.15 -n 24 -g 10.0.2.2 -m 65520 --no-dhcp -u none \
        -t "127.0.0.1/$(host_ssh_port "$host"):22" -t "127.0.0.1/$(host_libvirt_port "$host"):16509" \
        > "$dir/work.log" 2>&1 9>&- < /dev/null &
    wait_until 10 "network of $host" test -S "$dir/work.sock" && return
    cat "$dir/work.log" >&2
    die "passt did not start for $host" "see whether another program listens on port $(host_ssh_port "$host") or $(host_libvirt_port "$host")."
}

# Starts the machine. The shared disk needs no cache mode of its own: all writes are in this machine's page cache, which all hosts'
# QEMUs read, when they are done. Host n's cards eth1, eth2 are point-to-point cables to the other hosts, carried in UDP on loopback.
power_on() {
    local host=$1 n dir=$LAB_RUN/$1 peer card=1 cpu cables=() bmc=()
    n=$(host_number "$host")
    for ((peer = 1; peer <= LAB_MAX_HOSTS; peer++)); do
        [[ $peer != "$n" && " $LAB_HOSTS " == *" xen$peer "* ]] || continue
        cables+=(-netdev "socket,id=pool$card,udp=127.0.0.1:$(cable_port "$peer" "$n"),localaddr=127.0.0.1:$(cable_port "$n" "$peer")"
            -device "virtio-net-pci,netdev=pool$card,mac=52:54:00:77:0$n:0$peer")
        card=$((card + 1))
    done
    mapfile -t bmc < <(bmc_devices "$host")
    cpu=host
    # The EPYC model and +rdtscp are left out for a cause: with them dom0 crashes, or Xen kills PVH guests.
    [ "$LAB_ACCEL" = kvm ] || cpu=qemu64,+svm,+npt,+ssse3,+sse4.1,+sse4.2,+popcnt,+cx16,+aes,+pclmulqdq
    [ ! -f "$dir/console.log" ] || mv "$dir/console.log" "$dir/console.log.1"
    start_work_net "$host"
    qemu-system-x86_64 -name "vfrt-xenlab-$host" -pidfile "$dir/pid" -daemonize \
        -accel "$LAB_ACCEL$([ "$LAB_ACCEL" = kvm ] || echo ,thread=multi,tb-size=512)" -cpu "$cpu" -machine q35 \
        -m "$LAB_HOST_MEMORY" -smp "$LAB_CPUS" -nodefaults -display none -no-reboot \
        -uuid "00000000-0000-4000-8000-00000000770$n" \
        -kernel "$LAB_IMAGE/xen" \
        -append "placeholder console=com1 com1=115200 dom0_mem=${LAB_DOM0_MEMORY}M,max:${LAB_DOM0_MEMORY}M dom0_max_vcpus=1 loglvl=info noreboot cpufreq=none spec-ctrl=no xpti=no no-real-mode edd=off" \
        -initrd "$LAB_IMAGE/vmlinux root=/dev/vda rw console=hvc0 loglevel=5 mitigations=off net.ifnames=0 audit=0 apparmor=0 lab.host=$n systemd.hostname=$host systemd.machine_id=0000000000000000000000000000770$n,$LAB_IMAGE/initramfs" \
        -drive "file=$dir/disk.qcow2,if=none,id=disk,cache=unsafe,discard=unmap" -device virtio-blk-pci,drive=disk \
        -drive "file=$dir/seed.tar,if=none,id=seed,format=raw,readonly=on" -device virtio-blk-pci,drive=seed \
        -drive "file=$dir/data.qcow2,if=none,id=data,format=qcow2,cache=unsafe,discard=unmap" -device virtio-blk-pci,drive=data \
        -drive "file=$LAB_RUN/lun.raw,if=none,id=lun,format=raw,file.locking=off,cache=unsafe" \
        -device virtio-blk-pci,drive=lun,share-rw=on,serial=vfrt-lab-lun \
        -netdev "stream,id=work,server=off,addr.type=unix,addr.path=$dir/work.sock" \
        -device "virtio-net-pci,netdev=work,mac=52:54:00:77:0$n:00" \
        "${cables[@]}" -device virtio-rng-pci \
        -chardev "socket,id=console,path=$dir/console.sock,server=on,wait=off,logfile=$dir/console.log" -serial chardev:console \
        -monitor "unix:$dir/monitor.sock,server=on,wait=off" "${bmc[@]}" 9>&-
}

# passt ends with QEMU; one that QEMU never came to, because 'up' was killed between the two, is ended here.
stop_work_net() {
    local pid
    pid=$(cat "$LAB_RUN/$1/work.pid" 2> /dev/null) || return 0
    ! tr '\0' ' ' 2> /dev/null < "/proc/$pid/cmdline" | grep -qF -- "-P $LAB_RUN/$1/work.pid " || kill "$pid" 2> /dev/null || true
    rm -f "$LAB_RUN/$1/work.pid"
}

power_off() {
    local pid
    if pid=$(host_pid "$1"); then
        kill -KILL "$pid" 2> /dev/null || true
        wait_until 10 "end of $1" host_is_off "$1"
        rm -f "$LAB_RUN/$1/pid"
    fi
    stop_work_net "$1"
}

host_is_off() { ! host_is_on "$1"; }

power_off_all() {
    local dir
    for dir in "$LAB_RUN"/xen[1-9]; do
        [ ! -d "$dir" ] || power_off "${dir##*/}"
    done
}

host_is_ready() {
    # $$ is the xenlab command itself, also in the background process that waits for one host.
    [ -e "/proc/$$" ] || { LAB_HOPELESS="the command that waited was killed"; return 1; }
    host_is_on "$1" || { LAB_HOPELESS="QEMU has ended"; return 1; }
    if grep -qE 'Panic on CPU|Kernel panic|lab: no root disk' "$LAB_RUN/$1/console.log" 2> /dev/null; then
        LAB_HOPELESS="the host has crashed"
        return 1
    fi
    # Domain-0 in libvirt's list means that Xen, its tools and libvirtd's Xen driver are all up.
    timeout 60 "$LAB_RUN/ssh" -n -o ConnectTimeout=5 "$1" virsh -q -c xen:///system list --name 2> /dev/null | grep -qx Domain-0
}

wait_host() {
    wait_until "$LAB_READY_SECONDS" "$1" host_is_ready "$1" && return
    [ -e "/proc/$$" ] || return 1
    say "the end of $1's console ($LAB_RUN/$1/console.log):"
    tail -n 25 "$LAB_RUN/$1/console.log" >&2 || true
    return 1
}

wait_hosts() {
    local host pids=() pid failed=0
    for host in "$@"; do
        # Without the lock: it must go with the command, not with the last one that waits.
        wait_host "$host" 9>&- &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
    return "$failed"
}

# Keys live as long as the cache, so that clients need not learn new ones with every lab.
make_ssh_files() {
    local host key
    mkdir -p "$LAB_KEYS" "$LAB_RUN"
    chmod 700 "$LAB_KEYS"
    for key in id_ed25519 $LAB_HOSTS; do
        [ -f "$LAB_KEYS/$key" ] || ssh-keygen -q -t ed25519 -N '' -C "xenlab-$key" -f "$LAB_KEYS/$key"
    done
    : > "$LAB_RUN/known_hosts"
    for host in $LAB_HOSTS; do
        printf '[127.0.0.1]:%s %s\n' "$(host_ssh_port "$host")" "$(cut -d' ' -f1,2 "$LAB_KEYS/$host.pub")" >> "$LAB_RUN/known_hosts"
    done
    {
        for host in $LAB_HOSTS; do
            printf 'Host %s\n    HostName 127.0.0.1\n    Port %s\n' "$host" "$(host_ssh_port "$host")"
        done
        # curve25519: the default key exchange costs emulated processors a second more. AES: the emulation helps with it.
        cat << CONFIG
Host 127.0.0.1 $LAB_HOSTS
    User root
    IdentityFile "$LAB_KEYS/id_ed25519"
    IdentitiesOnly yes
    UserKnownHostsFile "$LAB_RUN/known_hosts"
    GlobalKnownHostsFile /dev/null
    StrictHostKeyChecking yes
    KexAlgorithms curve25519-sha256
    Ciphers aes128-gcm@openssh.com
    BatchMode yes
    LogLevel ERROR
    ServerAliveInterval 15
    ServerAliveCountMax 8
CONFIG
        # The path of a socket has 108 bytes, and ssh wants 17 of them while it makes one.
        local socket=$LAB_RUN/%p.ssh
        ((${#socket} > 85)) || printf '    ControlMaster auto\n    ControlPath "%s"\n    ControlPersist 60\n' "$socket"
    } > "$LAB_RUN/ssh_config"
    # shellcheck disable=SC2016 # $@ is for the script that is written
    printf '#!/bin/sh\nexec ssh -F "%s" "$@"\n' "$LAB_RUN/ssh_config" > "$LAB_RUN/ssh"
    chmod 755 "$LAB_RUN/ssh"
}

# --- commands ------------------------------------------------------------------------------------------------------

lab_up() {
    local count=2 release=bookworm host_memory=2560 dom0_memory=1024 cpus=2 bmc=no host started=$SECONDS
    while [ $# -gt 0 ]; do
        case $1 in
            [1-9]) count=$1 ;;
            --release) release=${2:?} && shift ;;
            --host-memory) host_memory=${2:?} && shift ;;
            --dom0-memory) dom0_memory=${2:?} && shift ;;
            --cpus) cpus=${2:?} && shift ;;
            --bmc) bmc=yes ;;
            *) usage_error "up: unexpected '$1'" ;;
        esac
        shift
    done
    ((count <= LAB_MAX_HOSTS)) || usage_error "up: at most $LAB_MAX_HOSTS hosts"
    [ -f "$LAB_PARTS/dom0/packages.$release" ] || usage_error "up: unknown release '$release'; known: bookworm, trixie"
    # shellcheck disable=SC2086
    need $LAB_RUN_TOOLS
    # shellcheck disable=SC2086
    [ $bmc = no ] || need $LAB_BMC_TOOLS
    take_lock

    if load_state && [ "$complete" = yes ] && any_host_is_on; then
        if [ "$LAB_RELEASE $LAB_HOSTS" = "$release $(host_names "$count")" ]; then
            for host in $LAB_HOSTS; do host_is_on "$host" || power_on "$host"; done
            # shellcheck disable=SC2086
            wait_hosts $LAB_HOSTS || die "not all hosts came up"
            say "up already: $LAB_HOSTS ($LAB_RELEASE)"
            return
        fi
        die "another lab is up: $LAB_RELEASE, $LAB_HOSTS" "stop it with 'xenlab down'."
    fi
    # What an interrupted run may have left behind.
    services_stop_all
    power_off_all
    rm -rf "$LAB_RUN"

    need_memory $((count * host_memory + 512))
    need_disk 2048
    lock_shared
    ensure_image "$release"
    choose_accel
    LAB_RELEASE=$release LAB_HOSTS=$(host_names "$count")
    LAB_HOST_MEMORY=$host_memory LAB_DOM0_MEMORY=$dom0_memory LAB_CPUS=$cpus LAB_BMC=$bmc
    make_ssh_files
    save_state no
    unlock_shared
    trap 'up_failed' EXIT
    trap 'exit 130' INT TERM HUP
    truncate -s "$LAB_LUN_SIZE" "$LAB_RUN/lun.raw"
    for host in $LAB_HOSTS; do
        mkdir -p "$LAB_RUN/$host"
        make_seed "$host"
        qemu-img create -q -f qcow2 -b "$LAB_IMAGE/root.img" -F raw "$LAB_RUN/$host/disk.qcow2"
        qemu-img create -q -f qcow2 "$LAB_RUN/$host/data.qcow2" "$LAB_DATA_SIZE"
        [ $bmc = no ] || bmc_start "$host"
        power_on "$host"
    done
    say "booting $LAB_HOSTS ($LAB_RELEASE, $LAB_ACCEL)"
    # shellcheck disable=SC2086
    wait_hosts $LAB_HOSTS
    save_state yes
    trap - EXIT
    say "up after $((SECONDS - started)) s: $LAB_HOSTS"
}

up_failed() {
    trap - EXIT INT TERM HUP
    say "up failed; stopping what was started (logs: $LAB_RUN/xen*/console.log)"
    # The processes that wait for the hosts would report each of them as lost.
    jobs -p | xargs -r kill 2> /dev/null || true
    services_stop_all
    power_off_all
    exit 1
}

host_names() {
    local n names=
    for ((n = 1; n <= $1; n++)); do names+="xen$n "; done
    echo "${names% }"
}

any_host_is_on() {
    local host
    for host in $LAB_HOSTS; do host_is_on "$host" && return; done
    return 1
}

save_state() {
    declare -p LAB_RELEASE LAB_HOSTS LAB_IMAGE LAB_HOST_MEMORY LAB_DOM0_MEMORY LAB_CPUS LAB_ACCEL LAB_BMC \
        | sed 's/^declare -[^ ]* //' > "$LAB_RUN/state.new"
    echo "complete=$1" >> "$LAB_RUN/state.new"
    mv "$LAB_RUN/state.new" "$LAB_RUN/state"
}

lab_down() {
    take_lock
    services_stop_all
    power_off_all
    rm -f "$LAB_RUN"/{state,lun.raw} "$LAB_RUN"/xen*/{disk.qcow2,seed.tar,data.qcow2,console.sock,monitor.sock,work.sock}
    say "down"
}

lab_status() {
    local host
    if ! load_state; then
        echo "no lab is up"
        return
    fi
    echo "release $LAB_RELEASE, $LAB_ACCEL, $([ "$complete" = yes ] && echo ready || echo 'booting, or interrupted')"
    for host in $LAB_HOSTS; do
        if host_is_on "$host"; then
            echo "$host on  ssh 127.0.0.1:$(host_ssh_port "$host")  libvirt tcp 127.0.0.1:$(host_libvirt_port "$host")"
            run_ssh -n -o ConnectTimeout=5 "$host" timeout 60 virsh -q -c xen:///system list --all 2> /dev/null | sed 's/^/    /' \
                || echo "    libvirt does not answer"
        else
            echo "$host off"
        fi
    done
}

lab_ssh() {
    local host=${1:-}
    [ -n "$host" ] || usage_error "ssh: name a host"
    shift
    need_host "$host"
    run_ssh "$host" "$@"
}

lab_console() {
    local host=${1:-}
    [ -n "$host" ] || usage_error "console: name a host"
    need_host "$host"
    if [ -t 0 ]; then
        say "leave with Ctrl-]"
        exec socat "-,raw,echo=0,escape=0x1d" "unix-connect:$LAB_RUN/$host/console.sock"
    fi
    echo "log: $LAB_RUN/$host/console.log"
    echo "attach: socat -,raw,echo=0,escape=0x1d unix-connect:$LAB_RUN/$host/console.sock"
}

lab_logs() {
    local dir
    for dir in "$LAB_RUN"/${1:-xen[1-9]}; do
        [ -f "$dir/console.log" ] || continue
        echo "==> $dir/console.log"
        tail -n "$([ $# = 0 ] && echo 20 || echo 500)" "$dir/console.log"
    done
}

lab_power() {
    [ $# = 2 ] || usage_error "power: off HOST, or on HOST"
    need_host "$2"
    take_lock
    case $1 in
        off) power_off "$2" && say "$2 is off" ;;
        on)
            host_is_on "$2" || power_on "$2"
            wait_host "$2" || die "$2 did not come up"
            say "$2 is on"
            ;;
        *) usage_error "power: off HOST, or on HOST" ;;
    esac
}

lab_link() {
    local state peer card=1
    [ $# = 2 ] || usage_error "link: down HOST, or up HOST"
    case $1 in
        down) state=off ;;
        up) state=on ;;
        *) usage_error "link: down HOST, or up HOST" ;;
    esac
    need_host "$2"
    host_is_on "$2" || die "$2 is off"
    for peer in $LAB_HOSTS; do
        [ "$peer" = "$2" ] && continue
        monitor "$2" "set_link pool$card $state"
        card=$((card + 1))
    done
    say "the pool's network of $2 is $1"
}

# The data disk: a thin pool, a volume that is not thin, and an XFS that can share blocks, all volumes of one group, so that no partition
# table is needed. Repeated, as after 'power on', it makes what is missing and mounts.
lab_disks() {
    [ $# = 1 ] || usage_error "disks: name a host"
    need_host "$1"
    host_is_on "$1" || die "$1 is off"
    run_ssh "$1" bash -s << 'SCRIPT' || die "the disks of $1 could not be prepared"
set -euo pipefail
modprobe -a dm_thin_pool xfs
vgchange -q -q -ay vg0 > /dev/null 2>&1 || vgcreate -q -q -y vg0 /dev/vdc > /dev/null
have=" $(lvs --noheadings -o lv_name vg0 | tr -s ' \n' ' ') "
[[ $have == *' pool '* ]] || lvcreate -q -q -y --type thin-pool -L 3g -c 64k --poolmetadatasize 16m -Zy -n pool vg0 > /dev/null
[[ $have == *' classic '* ]] || lvcreate -q -q -y -L 64m -n classic vg0 > /dev/null
[[ $have == *' images '* ]] || lvcreate -q -q -y -L 2560m -n images vg0 > /dev/null
[ "$(blkid -p -o value -s TYPE /dev/vg0/images)" = xfs ] || mkfs.xfs -q -f -K -m reflink=1 /dev/vg0/images
mkdir -p /srv/images
mountpoint -q /srv/images || mount -t xfs /dev/vg0/images /srv/images
SCRIPT
    say "$1 has vg0/pool, vg0/classic and /srv/images"
}

lab_vfrt_config() {
    local host
    need_lab
    echo 'hosts:'
    for host in $LAB_HOSTS; do
        printf '  %s:\n    uri: "%s"\n' "$host" "$(host_uri "$host")"
        bmc_config "$host"
    done
    # A dom0 of the lab has 2 GiB: the usual reserve would leave no room for guests.
    printf 'placement:\n  reserve: 64MiB\n'
    etcd_config
}

host_uri() { echo "xen+ssh://root@127.0.0.1:$(host_ssh_port "$1")/system?command=$LAB_RUN/ssh&no_tty=1"; }
