#!/bin/bash
# The connection on which a guest's memory goes in clear from this host to another. Other guests may go from here to the same port of
# other hosts, so a connection is known by both.
#
#   connection.sh look HOST PORT MILLIS    prints what the kernel says of it, and an empty line each time; waits so long between two looks,
#                                          and longer on a slow host: what it does beside sending slows the sending down
#   connection.sh end HOST PORT            ends it, here
#   connection.sh end-arriving PORT        on the other host: ends what comes to the port there
set -u
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# Prints a filter for ss.
towards() {
    local address filter=''
    while read -r address _; do
        [[ $address != *:* ]] || address="[$address]"
        [[ $filter == *" $address:"* ]] || filter+="${filter:+ or }dst $address:$2"
    done < <(getent ahosts "$1")
    [ -n "$filter" ] && echo "( $filter )"
}

case $1 in
    look)
        filter=$(towards "$2" "$3") || exit
        # Nothing ever comes from there: a pause that costs no process.
        exec 3<> <(:)
        while begun=${EPOCHREALTIME/./}; do
            ss -tinH state established "$filter"
            # Whoever listens may be gone: then this ends.
            echo || exit
            pause_ms=$(((${EPOCHREALTIME/./} - begun) / 20))
            ((pause_ms >= $4)) || pause_ms=$4
            ((pause_ms <= 10000)) || pause_ms=10000
            printf -v pause %d.%03d $((pause_ms / 1000)) $((pause_ms % 1000))
            read -r -t "$pause" -u 3
        done
        ;;
    end) filter=$(towards "$2" "$3") && ss -K state established "$filter" ;;
    end-arriving) ss -K state established "sport = :$2" ;;
esac
