
# Makes a host ask for permits. Comes behind permits.sh, of which it takes the functions; runs there as root.
#
#   … ROOT plan TEXT           what there is of it: 'hook|unit|daemon STATE PATH', with STATE there, missing, outdated, or, of the daemon, asks or deaf
#   … ROOT install TEXT        makes it so; prints the same as it is afterwards, or 'no CODE TEXT'
#   … ROOT remove TEXT         takes it away; the same
# TEXT is what the hook is to be.

# Since 6.5.0 libvirt calls every program in libxl.d; before, one alone.
hook_place() {
    local version
    version=$(libvirtd --version 2>/dev/null || virtxend --version 2>/dev/null)
    version=${version##* }
    if [ -z "$version" ] || [ "$(printf '%s\n' 6.5.0 "$version" | sort -V | head -n 1)" = 6.5.0 ]; then
        hook=$hooks/libxl.d/00-vfrt
    else
        hook=$hooks/libxl
    fi
}

mine() { grep -qs '^# Has this host start a guarded guest only with a permit' "$1"; }

# unit NAME: what systemd is to do besides. Where the saves cannot be put aside nothing of xendomains may start; libvirt has the hook.
unit() {
    if [ "$1" = xendomains ]; then
        printf '%s\n' '# From vfrt: guests that may run elsewhere are not started.' '[Service]' \
            "ExecStartPre=${hook#"$root"} xendomains aside put" "ExecStartPost=${hook#"$root"} xendomains aside back" \
            "ExecStopPost=${hook#"$root"} xendomains aside back"
    else
        printf '%s\n' '# From vfrt: what was saved of guests that may run elsewhere is kept.' '[Service]' "ExecStartPre=-${hook#"$root"} xendomains aside put"
    fi
}

unit_file() { echo "$root/etc/systemd/system/$1.service.d/50-vfrt.conf"; }

daemons() {
    local name pid
    for name in libvirtd virtxend; do
        pid=$(cat "$root/run/$name.pid" 2>/dev/null) && [ -d "/proc/$pid" ] && echo "$name $pid"
    done
}

state() {
    local there=$1 wanted=$2
    if [ ! -e "$there" ]; then
        echo missing
    elif [ "$(cat "$there")" = "$wanted" ] && { [ "$there" != "$hook" ] || [ -x "$there" ]; }; then
        echo there
    else
        echo outdated
    fi
}

plan() {
    local name
    if [ -e "$hook" ] && ! mine "$hook"; then row hook missing "$hook"; else row hook "$(state "$hook" "$1")" "$hook"; fi
    for name in xendomains libvirtd virtxend; do row unit "$(state "$(unit_file "$name")" "$(unit "$name")")" "$(unit_file "$name")"; done
    [ -z "$(daemons)" ] || row daemon "$(installed && echo asks || echo deaf)" "$(daemons | sed 's/ .*//')"
    echo end
}

# place FILE MODE TEXT
place() {
    mkdir -p "${1%/*}" && chmod 755 "${1%/*}" && put "$1" "$3" "$2"
}

install_all() {
    local name asked=no
    ! installed || asked=yes
    if [ -e "$hook" ] && ! mine "$hook"; then
        # The site's own; libvirt knows one hook only, so ours calls it.
        [ ! -e "$hook.site" ] || no two-hooks "'$hook' and '$hook.site' are both there, and neither is vfrt's"
        mv "$hook" "$hook.site" || return 1
    fi
    [ "$(state "$hook" "$1")" = there ] || place "$hook" 755 "$1" || return 1
    for name in xendomains libvirtd virtxend; do
        [ "$(state "$(unit_file "$name")" "$(unit "$name")")" = there ] || place "$(unit_file "$name")" 644 "$(unit "$name")" || return 1
    done
    [ -n "$root" ] || ! command -v systemctl >/dev/null || systemctl daemon-reload
    # What systemd runs before libvirt takes the lock, too.
    flock -u 9
    while read -r name pid; do
        if [ -z "$root" ] && [ $asked = no ] && ! installed; then
            systemctl try-restart "$name.service" || return 1
            asked=yes
        fi
    done < <(daemons)
    # Those that ask a hook ask the new one, and those that were started just now ask it too.
    while read -r name pid; do
        [ $asked = no ] || echo "$pid $(begun "$pid")" >"$run/asks"
    done < <(daemons)
}

remove_all() {
    local name
    [ -z "$(ls -A "$guarded")" ] || no still-guarded "it guards guests: $(cat "$guarded"/* | tr '\n' ' ')"
    ! mine "$hook" || rm -f "$hook" || return 1
    [ ! -e "$hook.site" ] || mv "$hook.site" "$hook" || return 1
    for name in xendomains libvirtd virtxend; do
        rm -f "$(unit_file "$name")" && { rmdir "$root/etc/systemd/system/$name.service.d" 2>/dev/null || true; }
    done
    [ -n "$root" ] || ! command -v systemctl >/dev/null || systemctl daemon-reload
}

places "$1"
verb=$2 text=$3
hook_place
case $verb in
    plan) ;;
    install) lock && install_all "$text" || exit 1 ;;
    remove) lock && remove_all || exit 1 ;;
    *) exit 2 ;;
esac
plan "$text"
