# shellcheck shell=bash
# Builds the disk image of the hosts from Debian packages. Sourced by scripts/xenlab.
#
# An image is a directory $LAB_CACHE/images/RELEASE-KEY with: xen, vmlinux, initramfs, root.img, versions.
# KEY is a hash of everything that goes in, so a changed script makes a new image and an unchanged one never does.

readonly LAB_DISK_SIZE=8G
readonly LAB_IMAGE_ROOM_MIB=4096

image_key() {
    local release=$1
    {
        echo "$release"
        (cd "$LAB_PARTS" && find image.sh guest dom0 -type f ! -name 'packages.*' | LC_ALL=C sort | xargs -d '\n' sha256sum
            sha256sum dom0/packages.common "dom0/packages.$release")
    } | sha256sum | cut -c1-12
}

image_dir() { echo "$LAB_CACHE/images/$1-$(image_key "$1")"; }

# Prints URI and suite suffix of the Debian mirrors that this machine itself uses.
mirrors() {
    local release=$1 main security
    # shellcheck disable=SC2016 # the $(…) are apt's
    main=${VFRT_XENLAB_MIRROR:-$(apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' | sed -n 's/^Debian|Debian|//p' | head -1)}
    # shellcheck disable=SC2016
    security=$(apt-get indextargets --format '$(LABEL)|$(REPO_URI)' | sed -n 's/^Debian-Security|//p' | head -1)
    [ -n "$main" ] || die "apt's sources name no Debian mirror" "set VFRT_XENLAB_MIRROR to the URI of one."
    echo "deb $main $release main"
    [ -z "$security" ] || echo "deb $security $release-security main"
}

package_list() {
    (cd "$LAB_PARTS/dom0" && sed 's/#.*//' packages.common "packages.$1") | tr -s ' \n' ',,' | sed 's/^,//; s/,$//'
}

# extract_vmlinux BZIMAGE OUT: loading an ELF kernel is quick; letting emulated processors decompress it is not.
extract_vmlinux() {
    local bzimage=$1 out=$2 magic unpack offset
    while read -r magic unpack; do
        while IFS=: read -r offset _; do
            # The compressed kernel is followed by other data, of which the tools complain after a good result.
            tail -c "+$((offset + 1))" "$bzimage" | $unpack > "$out" 2> /dev/null || true
            [ "$(head -c 4 "$out" | tail -c 3)" = ELF ] && return
        done < <(LC_ALL=C grep -aobP "$magic" "$bzimage" | cut -d: -f1)
    done << 'FORMATS'
\xfd7zXZ\x00 xz -dcq
\x28\xb5\x2f\xfd zstd -dcq
\x1f\x8b\x08 gzip -dcq
FORMATS
    die "no kernel found inside $bzimage"
}

# make_initramfs OUT ROOT VERSION INIT "MODULES" [FILE...]: busybox, the modules in loading order, files into /bin.
# Not compressed: reading a few MB is cheaper than decompressing them under emulation.
make_initramfs() {
    local out=$1 root=$2 version=$3 init=$4 modules=$5 tree module file n=10
    shift 5
    tree=$(mktemp -d "$LAB_BUILD/initramfs.XXXX")
    mkdir -p "$tree"/{bin,dev,proc,sys,root,modules}
    install -m 755 "$root/bin/busybox" "$tree/bin/"
    install -m 755 "$init" "$tree/init"
    for file in "$@"; do install -m 755 "$file" "$tree/bin/"; done
    while read -r module; do
        file=$(basename "$module")
        n=$((n + 1))
        case $file in
            *.xz) xz -dc "$module" > "$tree/modules/$n-${file%.xz}" ;;
            *.zst) zstd -dcq "$module" > "$tree/modules/$n-${file%.zst}" ;;
            *) cp "$module" "$tree/modules/$n-$file" ;;
        esac
    done < <(for module in $modules; do modprobe -d "$root" -S "$version" --show-depends "$module"; done \
        | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++')
    (cd "$tree" && find . | cpio --quiet -o -H newc -R 0:0) > "$out"
}

# The hook that mmdebstrap runs when the packages are installed: customize ROOT
customize_root() {
    local root=$1 kernel file unit
    # The kernel is unpacked, not installed: its scripts would build an initramfs and a boot menu that nobody reads.
    kernel=$(chroot "$root" apt-cache depends --important linux-image-amd64 | sed -n 's/^ *Depends: //p' | head -1)
    chroot "$root" sh -c "cd /tmp && apt-get download $kernel"
    dpkg-deb -x "$root"/tmp/linux-image-*.deb "$root/tmp/kernel"
    # Depending on the release the modules lie in /lib or in /usr/lib, which are one directory in the image.
    mkdir -p "$root/usr/lib/modules"
    for file in "$root"/tmp/kernel/{usr/,}lib/modules/*; do
        [ ! -d "$file" ] || cp -a "$file" "$root/usr/lib/modules/"
    done
    cp "$root"/tmp/kernel/boot/vmlinuz-* "$root/boot/"
    rm -r "$root"/tmp/kernel "$root"/tmp/linux-image-*.deb

    cp -r "$LAB_PARTS/dom0/files/." "$root/"
    install -m 755 "$LAB_BUILD/vfrt-probe" "$root/usr/local/bin/"

    # libvirt finds no CPU model for the emulated processor as long as its oldest model asks for vme, which Xen masks.
    sed -i "/name='vme'/d" "$root/usr/share/libvirt/cpu_map/x86_486.xml"

    # What a guest last said is the only trace of one that hangs.
    echo 'XENCONSOLED_ARGS=--log=guest' >> "$root/etc/default/xen"

    while read -r unit _; do
        [[ -z $unit || $unit == '#'* ]] || ln -sf /dev/null "$root/etc/systemd/system/$unit"
    done < "$LAB_PARTS/dom0/masked-units"
    chroot "$root" systemctl -q enable lab-setup.service libvirtd.service libvirtd-tcp.socket ssh.service
    chroot "$root" systemctl -q set-default multi-user.target

    rm -f "$root"/etc/libvirt/qemu/networks/autostart/* "$root"/etc/ssh/ssh_host_* "$root/etc/resolv.conf"
    rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/etc/apt/apt.conf.d/99mmdebstrap
    : > "$root/etc/machine-id"
    echo vfrt-xenlab > "$root/etc/hostname"
    mkdir -p "$root/var/lib/xen/images" "$root/root/.ssh"
    chmod 700 "$root/root/.ssh"
}

# ensure_image RELEASE: sets LAB_IMAGE, building it when it is not there.
ensure_image() {
    local release=$1 started=$SECONDS
    [ -f "$LAB_PARTS/dom0/packages.$release" ] || usage_error "unknown release '$release'"
    LAB_IMAGE=$(image_dir "$release")
    [ ! -f "$LAB_IMAGE/versions" ] || return 0
    need_disk "$LAB_IMAGE_ROOM_MIB"
    say "building the $release image (some minutes; log: $LAB_CACHE/images/$release.log)"
    mkdir -p "$LAB_CACHE/images"
    drop_old_images "$release"
    # In a process of its own, so that a failure anywhere in it is seen and nothing half-made stays behind.
    if ! as_root env VFRT_XENLAB_CACHE="$LAB_CACHE" "$LAB_SELF" build-image "$release" "$LAB_IMAGE" \
            > "$LAB_CACHE/images/$release.log" 2>&1 9>&-; then
        tail -n 20 "$LAB_CACHE/images/$release.log" >&2
        die "the $release image could not be built"
    fi
    say "image built in $((SECONDS - started)) s"
}

# Left by a build that was killed, or made by scripts that have changed since; not those that the disks of a lab are overlays of.
drop_old_images() {
    local dir
    for dir in "$LAB_CACHE"/images/build.* "$LAB_CACHE/images/$1"-*; do
        grep -qsF "$dir" "$LAB_CACHE"/run*/state || as_root rm -rf --one-file-system "$dir"
    done
}

lab_image() {
    local release
    [ $# -gt 0 ] || usage_error "image: name a release"
    lock_shared
    for release; do ensure_image "$release"; done
}

# build_image RELEASE OUT, as root. OUT appears in one step, when it is complete.
build_image() {
    local release=$1 out=$2 root version
    # shellcheck disable=SC2086
    need $LAB_BUILD_TOOLS
    LAB_BUILD=$(mktemp -d "$LAB_CACHE/images/build.XXXX")
    trap 'rm -rf --one-file-system "$LAB_BUILD"' EXIT
    export LAB_BUILD
    root=$LAB_BUILD/root
    mkdir "$LAB_BUILD/out"

    gcc -O2 -Wall -static -pthread -o "$LAB_BUILD/labguest" "$LAB_PARTS/guest/labguest.c"
    gcc -O2 -Wall -static -o "$LAB_BUILD/vfrt-probe" "$LAB_PARTS/guest/vfrt-probe.c"

    mirrors "$release" > "$LAB_BUILD/sources"
    # Proxies and the like, as set up on this machine.
    apt-config dump | grep -E '^Acquire::(http|https|Check-|Retries)' > "$LAB_BUILD/apt.conf" || true
    mmdebstrap --variant=apt --mode=root --format=directory --include="$(package_list "$release"),ca-certificates" \
        --keyring=/usr/share/keyrings --aptopt="$LAB_BUILD/apt.conf" \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/info/*' \
        --customize-hook="LAB_BUILD='$LAB_BUILD' '$LAB_SELF' customize-root \"\$1\"" \
        "$release" "$root" - < "$LAB_BUILD/sources"

    version=$(basename "$root"/usr/lib/modules/*)
    depmod -b "$root" "$version"
    zcat "$root"/boot/xen-*-amd64.gz > "$LAB_BUILD/out/xen"
    extract_vmlinux "$root/boot/vmlinuz-$version" "$LAB_BUILD/out/vmlinux"
    rm "$root/boot/vmlinuz-$version"
    make_initramfs "$LAB_BUILD/out/initramfs" "$root" "$version" "$LAB_PARTS/dom0/initramfs-init" \
        'virtio_pci virtio_blk ext4'
    make_initramfs "$root/var/lib/xen/images/guest.cpio" "$root" "$version" "$LAB_PARTS/guest/init" \
        'xen-netfront xen-blkfront ext4' "$LAB_BUILD/labguest"
    cp "$LAB_BUILD/out/vmlinux" "$root/var/lib/xen/images/vmlinux"

    truncate -s "$LAB_DISK_SIZE" "$LAB_BUILD/out/root.img"
    mke2fs -q -t ext4 -d "$root" -E lazy_itable_init=0 -J size=16 "$LAB_BUILD/out/root.img"
    # shellcheck disable=SC2016
    chroot "$root" dpkg-query -W -f '${Package} ${Version}\n' 'xen-hypervisor-4*' 'libvirt-daemon' > "$LAB_BUILD/out/versions"
    echo "linux $version" >> "$LAB_BUILD/out/versions"
    mkdir -p "$(dirname "$out")"
    chmod 755 "$LAB_BUILD/out"
    rm -rf "$out"
    mv "$LAB_BUILD/out" "$out"
}
