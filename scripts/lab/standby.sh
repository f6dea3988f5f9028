# shellcheck shell=bash
# What a pool with standby has besides its hosts: management controllers that take their power away, and an etcd. Sourced by scripts/xenlab.
#
# $LAB_RUN/xenN/bmc/      a host's controller: lan.conf, commands, state, log, pid
# $LAB_RUN/bmc.password   its password
# $LAB_RUN/etcd/          the etcd: data, log, pid

# shellcheck disable=SC2034 # hosts.sh asks for them
readonly LAB_BMC_TOOLS='ipmi_sim=openipmi fence_ipmilan=fence-agents ipmitool=ipmitool'

bmc_port() { echo $((6230 + 10 * LAB_NUMBER + $(host_number "$1"))); }
bmc_line_port() { echo $((16600 + 10 * LAB_NUMBER + $(host_number "$1"))); }
etcd_port() { echo $((23790 + 10 * LAB_NUMBER)); }

# service_pid DIRECTORY WORD: the process of a service that the lab started, if it is that very process.
service_pid() {
    local pid
    pid=$(cat "$1/pid" 2> /dev/null) || return 1
    tr '\0' ' ' 2> /dev/null < "/proc/$pid/cmdline" | grep -qF -- "$1" || return 1
    echo "$pid"
}

# service_start DIRECTORY CMD…: in a session of its own, without the lab's lock.
service_start() {
    local dir=$1
    shift
    setsid "$@" > "$dir/log" 2>&1 9>&- < /dev/null &
    echo $! > "$dir/pid"
}

service_stop() {
    local pid
    ! pid=$(service_pid "$1") || { kill -KILL "$pid" 2> /dev/null || true; }
    rm -f "$1/pid"
}

# The words with which QEMU gives a host its controller: the machine sees it at a KCS port, and it sees the machine's end of the line.
bmc_devices() {
    [ "$LAB_BMC" = yes ] || return 0
    printf '%s\n' -chardev "socket,id=bmc,host=127.0.0.1,port=$(bmc_line_port "$1"),reconnect=5" \
        -device ipmi-bmc-extern,id=bmc0,chardev=bmc -device isa-ipmi-kcs,bmc=bmc0
}

# A controller has power of its own: it outlives its host's, and ends with the lab. It gets and sets the host's through 'xenlab bmc-chassis'.
bmc_start() {
    local host=$1 dir=$LAB_RUN/$1/bmc
    ! service_pid "$dir" > /dev/null || return 0
    mkdir -p "$dir/state"
    [ -f "$LAB_RUN/bmc.password" ] || (umask 077 && od -An -N8 -tx1 /dev/urandom | tr -d ' \n' > "$LAB_RUN/bmc.password")
    # What it starts must not keep the controller's ports open after it.
    cat > "$dir/chassis" << SCRIPT
#!/bin/bash
for fd in /proc/\$\$/fd/*; do
    fd=\${fd##*/}
    [ "\$fd" -le 2 ] || [ "\$fd" = 255 ] || eval "exec \$fd>&-"
done
exec env VFRT_XENLAB=$LAB_NUMBER VFRT_XENLAB_CACHE="$LAB_CACHE" "$LAB_SELF" bmc-chassis $host "\$@" 2>> "$dir/chassis.log"
SCRIPT
    chmod 755 "$dir/chassis"
    (umask 077 && cat > "$dir/lan.conf") << CONFIG
name "$host"
set_working_mc 0x20
  startlan 1
    addr 127.0.0.1 $(bmc_port "$host")
    priv_limit admin
    allowed_auths_admin md5
    guid a123456789abcdefa12345678900000$(host_number "$host")
  endlan
  serial 15 127.0.0.1 $(bmc_line_port "$host") codec VM
  chassis_control "$dir/chassis"
  user 1 false "" "" user 10 md5
  user 2 true "fencer" "$(cat "$LAB_RUN/bmc.password")" admin 10 md5
CONFIG
    printf '%s\n' 'mc_setbmc 0x20' 'mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02' 'mc_enable 0x20' > "$dir/commands"
    service_start "$dir" ipmi_sim -n -c "$dir/lan.conf" -f "$dir/commands" -s "$dir/state"
}

# bmc_chassis HOST get power | set power 0|1: what the controller runs. It waits for the answer, so a boot is not waited for.
bmc_chassis() {
    need_host "$1"
    case "$2 ${3:-} ${4:-}" in
        'get power ') if host_is_on "$1"; then echo power:1; else echo power:0; fi ;;
        'set power 0') power_off "$1" ;;
        'set power 1') host_is_on "$1" || (power_on "$1") > /dev/null 2>> "$LAB_RUN/$1/bmc/chassis.log" < /dev/null & ;;
        *) return 1 ;;
    esac
}

lab_bmc() {
    [ $# = 2 ] || usage_error "bmc: off HOST, or on HOST"
    need_host "$2"
    [ "$LAB_BMC" = yes ] || die "the hosts have no management controllers" "start the lab with 'xenlab up --bmc'."
    case $1 in
        off) service_stop "$LAB_RUN/$2/bmc" && say "the controller of $2 is dead" ;;
        on) bmc_start "$2" && say "the controller of $2 is at work" ;;
        *) usage_error "bmc: off HOST, or on HOST" ;;
    esac
}

lab_etcd() {
    local dir=$LAB_RUN/etcd url
    [ $# = 1 ] || usage_error "etcd: on, or off"
    need_lab
    url=http://127.0.0.1:$(etcd_port)
    case $1 in
        on)
            need etcd=etcd-server
            ! service_pid "$dir" > /dev/null || return 0
            mkdir -p "$dir"
            service_start "$dir" etcd --name lab --data-dir "$dir/data" --listen-client-urls "$url" --advertise-client-urls "$url" \
                --listen-peer-urls "http://127.0.0.1:$(($(etcd_port) + 1))" --initial-advertise-peer-urls "http://127.0.0.1:$(($(etcd_port) + 1))" \
                --initial-cluster "lab=http://127.0.0.1:$(($(etcd_port) + 1))"
            wait_until 60 "etcd" grep -q 'ready to serve client requests' "$dir/log" || die "etcd did not start" "see $dir/log."
            say "etcd answers at $url"
            ;;
        off) service_stop "$dir" && say "etcd is dead; its data stays" ;;
        *) usage_error "etcd: on, or off" ;;
    esac
}

services_stop_all() {
    local dir
    for dir in "$LAB_RUN"/xen[1-9]/bmc "$LAB_RUN/etcd"; do
        [ ! -d "$dir" ] || service_stop "$dir"
    done
}

# A host's part of vfrt's configuration.
bmc_config() {
    [ "$LAB_BMC" = yes ] || return 0
    printf '    fence:\n      - agent: ipmilan\n        ip: 127.0.0.1\n        username: fencer\n        password_file: %s\n' "$LAB_RUN/bmc.password"
    # Asking for the ciphers that a controller has takes this one's client 10 s; a machine without power is off at once.
    printf '        options: {ipport: %s, lanplus: 1, cipher: 3, power_wait: 1}\n' "$(bmc_port "$1")"
}

etcd_config() {
    ! service_pid "$LAB_RUN/etcd" > /dev/null || printf 'standby:\n  register:\n    etcd: {endpoints: ["http://127.0.0.1:%s"]}\n' "$(etcd_port)"
}
