#!/bin/bash
# Prints for each path what tells the disk behind it from every other in the world, the same on all hosts that see it, or '-' where there is
# no such thing. That of a thin volume begins with 'thin:': it is there on each host that sees its group, and its pool must be in use on one of them only.
set -u
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

of_device() {
    local name wwn
    name=$(basename "$1")
    case $name in
        # Two ends of one replication are one disk, but that a device has the same number there does not tell that it is that end.
        drbd*) ;;
        rbd*) of_rbd "/sys/block/$name/device" ;;
        # The UUID of a logical volume is that of its group and its own; of a multipath map, that of the disk.
        dm-*) of_mapped "$name" ;;
        *)
            wwn=$(lsblk -dno WWN "$1") && [ -n "${wwn// /}" ] || wwn=$(of_serial "$1")
            [ -z "${wwn// /}" ] || echo "disk:${wwn// /}:$(cat "/sys/class/block/$name/partition" 2>/dev/null)"
            ;;
    esac
}

# Makers count by themselves, and emulated disks all begin with the same.
of_serial() {
    local serial vendor model
    serial=$(lsblk -dno SERIAL "$1") vendor=$(lsblk -dno VENDOR "$1") model=$(lsblk -dno MODEL "$1")
    case ${serial// /} in
        '' | QM[0-9][0-9][0-9][0-9][0-9] | 0 | 0000* | 1234*) return ;;
    esac
    echo "$vendor/$model/$serial"
}

of_mapped() {
    local uuid below thin=''
    uuid=$(cat "/sys/block/$1/dm/uuid") || return
    # Names of devices have no blanks.
    # shellcheck disable=SC2045
    for below in $(ls "/sys/block/$1/slaves"); do
        case $(cat "/sys/block/$below/dm/uuid") in LVM-*-tpool) thin=thin: ;; esac
    done
    echo "$thin$uuid"
}

# Nothing at all where the kernel does not say all of it, as of a partition: half a name would fit every image.
of_rbd() {
    local cluster pool name
    cluster=$(cat "$1/cluster_fsid") && pool=$(cat "$1/pool") && name=$(cat "$1/name") || return
    [ -z "$cluster" ] || [ -z "$pool" ] || [ -z "$name" ] \
        || echo "rbd:$cluster/$pool/$(cat "$1/pool_ns")/$name@$(cat "$1/current_snap")"
}

of_file() {
    local type source inode
    read -r type source < <(findmnt -nro FSTYPE,SOURCE -T "$1")
    inode=$(stat -c %i "$1")
    case $type in
        nfs | nfs4 | ceph | cifs | glusterfs | fuse.glusterfs | fuse.ceph) echo "$type:$source:$inode" ;;
        ocfs2 | gfs2) echo "$type:$(findmnt -nro UUID -T "$1"):$inode" ;;
    esac
}

for path; do
    found=''
    real=$(readlink -e -- "$path") || real=''
    if [ -b "$real" ]; then
        found=$(of_device "$real" 2>/dev/null)
    elif [ -f "$real" ]; then
        found=$(of_file "$real" 2>/dev/null)
    fi
    echo "${found:--}"
done
