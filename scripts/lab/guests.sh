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

guest_xml() {
    local name=$1 memory=$2 type=$3 load=$4 rate=$5 area=$6 os
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
    <cmdline>console=hvc0 loglevel=5 mitigations=off net.ifnames=0 lab.name=$name lab.ip=$(guest_ip "$name") lab.load=$load lab.rate=$rate lab.area=$area</cmdline>
  </os>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
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
    local name=$1 host=xen1 memory=256 load=idle type=pvh rate=8 area="" verb=persistent other started=$SECONDS
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
            *) usage_error "guest start: unexpected '$1'" ;;
        esac
        shift
    done
    need_host "$host"
    [[ $load == idle || $load == busy ]] || usage_error "guest start: unknown load '$load'; known: idle, busy"
    [[ $memory =~ ^[0-9]+$ && $rate =~ ^[0-9]+$ && $area =~ ^[0-9]*$ ]] || usage_error "guest start: memory, rate and area are numbers"
    ((memory >= 128)) || usage_error "guest start: a guest needs 128 MiB"
    # Half of the memory, but leave 112 MiB for the kernel and its tables: with less the service is killed for want of memory.
    area=${area:-$((memory / 2 < memory - 112 ? memory / 2 : memory - 112))}
    other=$(guest_host "$name" || true)
    [ -z "$other" ] || die "guest '$name' runs on $other already"

    if [ "$verb" = transient ]; then
        guest_xml "$name" "$memory" "$type" "$load" "$rate" "$area" | run_ssh "$host" "virsh -q -c xen:///system create /dev/stdin"
    else
        guest_xml "$name" "$memory" "$type" "$load" "$rate" "$area" \
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
        # A guest that is not there is what is wanted; anything else shows in the check below.
        run_ssh -n "$host" "virsh -q -c xen:///system destroy $name 2>/dev/null
            [ -n '$keep' ] || virsh -q -c xen:///system undefine $name 2>/dev/null
            ! virsh -q -c xen:///system list --name | grep -qx $name" || die "guest '$name' could not be stopped on $host"
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
