
# What could bring guests back that went elsewhere. Comes behind permits.sh, of which it takes the functions; runs there as root.
#
#   … ROOT find UUID…     'stale KIND UUID WHAT' for each thing, 'end'
#   … ROOT remove UUID…   removes them; 'end', or 'no CODE TEXT'

# Quiet where libvirt does not know the guest.
libvirt() { timeout 60 virsh -q -c "${VFRT_LIBVIRT:-xen:///system}" "$@" 2>/dev/null </dev/null; }

each() {
    local act=$1 uuid file name
    shift
    xendomains
    for uuid; do
        [[ ! $(libvirt dominfo "$uuid") =~ Autostart:\ +enable ]] || "$act" autostart "$uuid" "$uuid"
        name=$(cat "$guarded/$uuid" 2>/dev/null)
        for file in "$saves"/* "$saves"/.vfrt-aside/* "$managed"/*.save "$managed"/.vfrt-aside/*; do
            [ ! -f "$file" ] || ! is_of "$file" "$uuid" || "$act" save "$uuid" "$file"
        done
        for file in "$auto"/*; do
            [ ! -f "$file" ] || ! is_of "$file" "$uuid" "$name" || "$act" auto "$uuid" "$file"
        done
    done
}

say_stale() { row stale "$@"; }

drop() {
    case $1 in
        autostart) libvirt autostart --disable "$2" ;;
        # Also libvirt's own record of it, which would else want the file.
        save) { [[ $3 != "$managed"/*.save ]] || libvirt managedsave-remove "$2"; rm -f "$3"; } ;;
        auto) mkdir -p "$root/var/lib/vfrt/auto" && mv "$3" "$root/var/lib/vfrt/auto/" ;;
    esac || no stale-left "'$3' cannot be removed"
}

places "$1"
verb=$2
shift 2
case $verb in
    find) each say_stale "$@" ;;
    remove) lock && each drop "$@" || exit 1 ;;
    *) exit 2 ;;
esac
echo end
