#!/bin/bash
# The connection on which a guest's memory goes in clear from this host to another. Other guests may go from here to the same port of
# other hosts, so a connection is known by both.
#
#   connection.sh look HOST PORT SECONDS   prints what the kernel says of it, a line every so many seconds; an empty one when there is none
#   connection.sh end HOST PORT            ends it, here
#   connection.sh end-arriving PORT        on the other host: ends what comes to the port there
set -u
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# Prints a filter for ss.
towards() {
    local address filter=''
    for address in $(getent ahosts "$1" | awk '!seen[$1]++ { print $1 }'); do
        [[ $address != *:* ]] || address="[$address]"
        filter+="${filter:+ or }dst $address:$2"
    done
    [ -n "$filter" ] && echo "( $filter )"
}

case $1 in
    look)
        filter=$(towards "$2" "$3") || exit
        # Whoever listens may be gone: then the next line ends this.
        while sleep "$4"; do
            echo "$(ss -tinH state established "$filter" | tr '\n' ' ')" || exit
        done
        ;;
    end) filter=$(towards "$2" "$3") && ss -K state established "$filter" ;;
    end-arriving) ss -K state established "sport = :$2" ;;
esac
