#!/bin/bash
# vfrt's guard: runs on the guest's own host beside a live capture or migration, so that the guest goes on whatever happens to vfrt, to the
# network or to the machine vfrt runs on.
#
#   guard.sh watch DOMID UUID [PORT]
#                               reads commands from stdin: 'resume' resumes the guest now if it is suspended, and answers 'ran',
#                               'resumed', 'paused' (by somebody, who may not have asked libvirt), 'gone', 'over' (it ended, and libvirt does not know) or 'failed'; 'rearmed' tells that the death watch is up, and is answered with what
#                               Xen says of the guest then: 'runs', 'gone' or 'failed'; before either answer come any number of 'working'; 'done' ends the guard, and so does 'stand-down', which is answered with
#                               'standing-down': from then on nobody resumes the guest here without having asked its new host. At
#                               end of input (vfrt is gone) it waits for libvirt's job to end, resumes the guest if it was left suspended, and
#                               re-arms libvirt's death watch.
#   guard.sh cure DOMID UUID [PORT]
#                               the same as after end of input, at once; prints one line for each thing it did
#   guard.sh remove DOMID UUID PORT
#                               the guest goes on elsewhere: takes away what stands here suspended
#   PORT is where the guest's memory is sent to. With it, a job of libvirt that sends nothing any more is one that nobody will end: the
#   migration's conductor is gone (bug A), and libvirtd is restarted, which its guests do not notice.
#   guard.sh can                prints how a suspended guest would be resumed here: xl, xc or restart
#
# Why it is needed: a transfer that breaks in the last copy round leaves the guest suspended for ever (bug C), and libvirt 11
# never resumes a guest whose migration was called off (bug D). After any suspend libvirt misses the next poweroff (bug E).
set -u
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
trap '' HUP PIPE INT

mode=$1 domid=${2:-} uuid=${3:-} port=${4:-}
here=${0%/*}
mute_until=$((SECONDS + 300))
# So many seconds without a word are looked into.
hush=${VFRT_HUSH_SECONDS:-30}
# So long a transfer has no connection before it counts as over: libvirt needs a moment after its end, and one before its beginning.
silence=${VFRT_SILENCE_SECONDS:-15}
# So long Xen is asked again for what it does not say.
patience=${VFRT_PATIENCE_SECONDS:-60}
# So often it says that it is still at work on an answer.
beat=${VFRT_BEAT_SECONDS:-10}
# Longer than any capture: a guard must never be the one that stays behind for ever.
deadline=$((SECONDS + 24 * 3600))

say() { printf '%s\n' "$*" 2>/dev/null || true; }
libvirt() { timeout 60 virsh -c xen:///system "$@"; }

# After a reboot of the host another guest may have the id. A xenstore that does not answer says nothing about the guest.
gone() {
    xenstore-read /local/domain/0/name >/dev/null 2>&1 \
        && [ "$(xenstore-read "/local/domain/$domid/vm" 2>/dev/null)" != "/vm/$uuid" ]
}
# Prints 'suspended', 'runs', 'paused', 'over' for a guest that has ended and whose domain nobody has taken away yet, 'gone', or nothing when
# Xen gives no answer. The third letter of xl's state is 'p' for 'paused', the fourth and fifth are 's' for 'shut down' and 's' for 'because it
# was suspended', the sixth 'd' for 'dying'.
look() {
    case $(xl list "$domid" 2>/dev/null | awk 'NR == 2 { print $(NF - 1) }') in
        ???ss-) echo suspended ;;
        ?????d) echo gone ;;
        ???s??) echo over ;;
        ??p???) echo paused ;;
        ??????) echo runs ;;
        *) ! gone || echo gone ;;
    esac
}
# What is not known must never be taken for 'runs'.
state() {
    local seen until=$((SECONDS + patience))
    while seen=$(look); [ -z "$seen" ] && [ $SECONDS -lt $until ]; do sleep 0.5; done
    echo "${seen:-unknown}"
}
suspended() { [ "$(state)" = suspended ]; }
runs() { [ "$(state)" = runs ]; }
# A suspend that libxl asked for just before it gave up comes after all, as soon as the guest gets to it. Fails if there was none.
await_pending_suspend() {
    local until=$((SECONDS + 70)) asked=no
    while [ "$(xenstore-read "/local/domain/$domid/control/shutdown" 2>/dev/null)" = suspend ] && [ $SECONDS -lt $until ]; do
        asked=yes
        case $(look) in over | gone) return 0 ;; esac
        sleep 0.5
    done
    [ $asked = yes ] || return
    until=$((SECONDS + 20))
    while runs && [ $SECONDS -lt $until ]; do sleep 0.5; done
    return 0
}
# A libvirtd that is gone has taken its job with it. One that is mute may still be in the middle of it, for a while.
job_open() {
    local info
    if info=$(libvirt domjobinfo "$1" 2>/dev/null); then
        ! grep -q '^Job type: *None' <<<"$info"
    else
        [ $SECONDS -lt "$mute_until" ] && systemctl -q is-active libvirtd
    fi
}

# The low-level bindings that come with Debian's xen-utils; Xen before 4.20 has no 'xl resume'.
xc_python() { local dir; for dir in /usr/lib/xen-*/lib/python* /usr/lib/xen-*/lib/python*/site-packages; do
    [ -e "$dir/xen/lowlevel" ] && { PYTHONPATH=$dir python3 - "$@"; return; }; done; return 1; }
xc_can() { xc_python 2>/dev/null <<'EOF'
import xen.lowlevel.xc, xen.lowlevel.xs
xen.lowlevel.xc.xc.domain_resume, xen.lowlevel.xs.xs.resume_domain
EOF
}
xc_resume() { xc_python "$domid" <<'EOF'
import sys, xen.lowlevel.xc, xen.lowlevel.xs
domid = int(sys.argv[1])
xen.lowlevel.xc.xc().domain_resume(domid, 1)
xen.lowlevel.xs.xs().resume_domain(domid)
EOF
}

way() {
    if xl help 2>/dev/null | grep -qw resume; then echo xl; elif xc_can; then echo xc; else echo restart; fi
}

# A restart of libvirtd would break what it is doing for other guests, which then fare no better than this one.
others_at_rest() {
    local other until=$((SECONDS + 120))
    for other in $(libvirt -q list --uuid 2>/dev/null); do
        [ "$other" != "$uuid" ] || continue
        while job_open "$other"; do
            [ $SECONDS -lt $until ] || return 1
            sleep 2
        done
    done
}

resume() {
    case ${way:=$(way)} in
        xl) xl resume "$domid" >/dev/null 2>&1 ;;
        xc) xc_resume >/dev/null 2>&1 ;;
    esac
    ! runs || return 0
    # libvirt finds out at its start that the guest is suspended; only then does it accept the wake-up. Other guests do not notice.
    others_at_rest && systemctl restart libvirtd && libvirt dompmwakeup "$uuid" >/dev/null 2>&1
    runs
}

# libxl reports a domain's shutdown once; a suspend and wake-up through libvirt sets the watch up anew.
rearm() {
    [ -e "$here/rearmed" ] && return 0
    libvirt dompmsuspend "$uuid" mem >/dev/null 2>&1
    if { libvirt dompmwakeup "$uuid" || libvirt dompmwakeup "$uuid"; } >/dev/null 2>&1 && runs; then
        : >"$here/rearmed"
        return 0
    fi
    ! suspended || resume
    return 1
}

# A guest that ended while it was being captured: the suspend that libxl asked for may have used libvirt's watch up (bug E). Then libvirt
# takes it for running for ever, and its domain stays. So what libvirt would have done is done here, as the definition says.
finish() {
    local until=$((SECONDS + 20)) xml event=on_poweroff
    # With its watch up libvirt does it by itself, within moments.
    while [ "$(look)" = over ] && [ $SECONDS -lt $until ]; do sleep 1; done
    [ "$(look)" = over ] || return 0
    xml=$(libvirt dumpxml "$uuid" 2>/dev/null) || return 1
    case $(xl list -v "$domid" 2>/dev/null | awk 'NR == 2 { print $8 }') in
        1) event=on_reboot ;;
        3) event=on_crash ;;
    esac
    case $(sed -n "s#.*<$event>\(.*\)</$event>.*#\1#p" <<<"$xml") in
        destroy | "") libvirt destroy "$uuid" >/dev/null 2>&1 ;;
        restart)
            # The definition as it was: a transient guest has no other.
            libvirt destroy "$uuid" >/dev/null 2>&1 || return 1
            libvirt start "$uuid" >/dev/null 2>&1 || libvirt create /dev/stdin <<<"$xml" >/dev/null 2>&1
            ;;
        *) return 1 ;;
    esac
}

# Under the lock, so the guard that was left alone is not in the middle of anything. Without this it could do all of it again, just
# when the directory with its marks is being taken away.
take_over() {
    local guard
    [ "$mode" = cure ] && read -r guard 2>/dev/null <"$here/guard.pid" || return 0
    grep -qsF "$here/guard.sh" "/proc/$guard/cmdline" && kill -KILL "$guard" 2>/dev/null
    rm -f "$here/guard.pid"
}

# A look costs the host a fifth of its time at most: what is waited for, the end of a migration, needs the rest.
await_end_of_job() {
    local begun pause_ms silent_since=''
    while begun=${EPOCHREALTIME/./}; ! gone && job_open "$uuid" && [ $SECONDS -lt $deadline ]; do
        if [ -n "$port" ] && ! sending; then
            silent_since=${silent_since:-$SECONDS}
            [ $((SECONDS - silent_since)) -lt "$silence" ] || { end_orphaned_job; return; }
        else
            silent_since=''
        fi
        pause_ms=$(((${EPOCHREALTIME/./} - begun) / 250))
        ((pause_ms >= 500)) || pause_ms=500
        sleep "$((pause_ms / 1000)).$(printf %03d $((pause_ms % 1000)))"
    done
}

sending() { ss -tnH state established "dport = :$port" | grep -q .; }

end_orphaned_job() {
    others_at_rest && systemctl restart libvirtd && libvirt -q list >/dev/null 2>&1
    ! job_open "$uuid" || return 1
    say "libvirt's job on the guest, which nobody would have ended, was ended by a restart of libvirtd (bug A)"
}

# Never one that runs: then there are two, and a human has to say which is right. What is not known is not taken for suspended.
refuse_to_remove() {
    # Another guest may have its number by now.
    ! gone || { say "its old domain is gone"; return 0; }
    case $(state) in
        gone)
            say "its old domain is gone"
            return 0
            ;;
        suspended | over) return 2 ;;
        runs) say "FAILED the guest runs here too" ;;
        paused) say "FAILED the guest is here too, paused by somebody" ;;
        *) say "FAILED Xen does not say how its old domain is" ;;
    esac
    return 1
}

remove() {
    local until status
    refuse_to_remove
    status=$?
    [ $status = 2 ] || return $status
    await_end_of_job
    # Whatever held the job may have let the guest go on here.
    refuse_to_remove
    status=$?
    [ $status = 2 ] || return $status
    libvirt destroy "$uuid" >/dev/null 2>&1 || xl destroy "$domid" >/dev/null 2>&1
    until=$((SECONDS + patience))
    while ! gone && [ $SECONDS -lt $until ]; do sleep 0.5; done
    gone || { say "FAILED its old domain could not be taken away"; return 1; }
    say "its old domain, which stood suspended, was taken away"
}

# One at a time: the guard that was left alone, and the next vfrt command, which does nothing but wait meanwhile.
settle() {
    local status
    { exec 9>"$here/guard.lock"; } 2>/dev/null || return 0
    if ! flock -w 540 9; then
        say "libvirt is still busy with the guest, and the guard on the host waits for the end of that"
        return 75
    fi
    take_over
    settle_alone
    status=$?
    # A guard whose vfrt may still be heard of goes on, and must not keep the next command out.
    exec 9>&-
    return $status
}

settle_alone() {
    mute_until=$((SECONDS + 300))
    await_end_of_job
    # After a reboot of the host another guest may have its number, and run.
    ! gone || { say "the guest is not active any more"; return 0; }
    await_pending_suspend
    case $(state) in
        gone)
            say "the guest is not active any more"
            return 0
            ;;
        paused)
            say "the guest is paused, which vfrt never does, and was left so: libvirt's watch for its poweroff was not set up anew (bug E)"
            return 0
            ;;
        over)
            if finish; then
                say "the guest ended by itself during its capture, which libvirt did not notice: it was told"
                return 0
            fi
            say "FAILED the guest ended by itself during its capture, and libvirt still takes it for running"
            return 1
            ;;
    esac
    if suspended; then
        sleep 1
        # A vfrt that died in the middle of setting the watch up leaves a state that only libvirt itself can take back.
        if suspended && ! job_open "$uuid"; then
            if { libvirt dompmwakeup "$uuid" >/dev/null 2>&1 && runs; } || resume; then
                rm -f "$here/rearmed"
                say "the guest was left suspended, and was resumed"
            else
                say "FAILED the guest is suspended and could not be resumed"
                return 1
            fi
        fi
    fi
    if rearm; then
        say "libvirt's watch for the guest's poweroff was set up anew"
    elif ! runs; then
        say "FAILED the guest is suspended and could not be resumed"
        return 1
    else
        say "the guest runs, but libvirt's watch for its poweroff could not be set up anew: it will miss the next one (bug E)"
    fi
}

# Runs one of the two below. What it waits for can take minutes, and whoever asked must be able to tell that from a host that is gone.
answer() {
    local ticker
    tick &
    ticker=$!
    "$@"
    kill $ticker
    wait $ticker 2>/dev/null
}
# 'sleep' would be a process that holds the output open after this one has ended: nothing ever comes from 8.
tick() { while ! read -r -t "$beat" -u 8 && kill -0 $$ 2>/dev/null; do say working; done; }

answer_resume() {
    local seen
    seen=$(state)
    if [ "$seen" = runs ] && await_pending_suspend; then seen=$(state); fi
    case $seen in
        suspended) if resume; then say resumed; else say failed; fi ;;
        runs) say ran ;;
        paused | gone) say "$seen" ;;
        over) if finish; then say gone; else say over; fi ;;
        *) say failed ;;
    esac
}

answer_rearmed() {
    local seen
    seen=$(state)
    case $seen in
        runs | gone) : >"$here/rearmed" && say "$seen" ;;
        # With the watch up libvirt takes it away by itself.
        over) : >"$here/rearmed" && say gone ;;
        *) say failed ;;
    esac
}

case $mode in
    can) way ;;
    cure) settle ;;
    remove) remove ;;
    watch)
        echo $$ >"$here/guard.pid"
        exec 8<> <(:)
        say ready
        # Found out while the memory is sent, because the guest stands still when it is needed: after a capture often, after a
        # migration only when that broke.
        [ -n "$port" ] || way=$(way)
        alone=0
        while :; do
            if read -r -t "$hush" command; then
                case $command in
                    resume) answer answer_resume ;;
                    rearmed) answer answer_rearmed ;;
                    done) exit 0 ;;
                    stand-down)
                        say standing-down
                        [[ $here != /run/vfrt.* ]] || rm -rf -- "$here"
                        exit 0
                        ;;
                esac
            elif [ $? -le 128 ]; then
                settle >/dev/null
                exit
            elif ! suspended || job_open "$uuid"; then
                alone=0
            elif [ $((alone += 1)) -ge 2 ]; then
                # No word from vfrt, no end of input either: its machine or the network went away without a goodbye. It must not
                # take what is said here for an answer.
                settle >/dev/null
            fi
        done
        ;;
esac
