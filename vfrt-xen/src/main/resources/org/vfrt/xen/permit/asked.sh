
# --- who asks ------------------------------------------------------------------------------------------------------

case ${0##*/} in
    00-vfrt | libxl)
        places ''
        case ${2:-} in
            aside) aside "$3" ;;
            *) hook "$@" ;;
        esac
        ;;
    *)
        places "$1"
        verb=$2
        shift 2
        case $verb in
            standing) standing ;;
            guard | unguard | rejoin | give | withdraw) lock && "$verb" "$@" && echo 'done' ;;
            installed) installed ;;
            aside | hook) "$verb" "$@" ;;
            *) exit 2 ;;
        esac
        ;;
esac
