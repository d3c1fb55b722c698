#!/usr/bin/env bash
# Runs the tests of kernel TLS where a kernel has it, whatever this machine's own can do.
#
# A kernel of Debian, unpacked and not installed, is started in a virtual machine that has this
# machine's files as its own, read-only, and a network of nothing but itself. In it run the tests
# that were built here. ACCEL=kvm makes it several times quicker where /dev/kvm works; the default
# needs nothing. What is made stays below target/ktls; KERNEL_PACKAGE names another kernel.
set -euo pipefail
cd "$(dirname "$0")/.."

accel=${ACCEL:-tcg}
time_limit_s=${TIME_LIMIT_S:-2400}
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
work=$target/ktls
mkdir -p "$work"

fail() {
    printf 'cannot go on: %s\n' "$1" >&2
    exit 1
}

[ "$(uname -m)" = x86_64 ] || fail "the virtual machine is one of x86-64"
package=${KERNEL_PACKAGE:-$(apt-cache depends linux-image-amd64 | sed -n 's/^ *Depends: \(linux-image-.*\)/\1/p' | head -n 1)}
[ -n "$package" ] || fail "apt-cache knows no linux-image-amd64: run apt-get update first"
version=${package#linux-image-}
kernel=$work/$package

if [ ! -d "$kernel" ]; then
    (cd "$work" && apt-get download --quiet --quiet "$package")
    dpkg-deb --extract "$work/$package"_*.deb "$kernel.new"
    rm "$work/$package"_*.deb
    mv "$kernel.new" "$kernel"
fi

built=$(cargo build --quiet --locked --workspace --all-targets --message-format=json)

# The executable of the tests of kind $1 and name $2.
tests_of() {
    grep "\"kind\":\[\"$1\"\].*\"name\":\"$2\".*\"test\":true}" <<<"$built" |
        sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' | head -n 1
}
unit_tests=$(tests_of lib spillway)
it_tests=$(tests_of test it)
[ -x "$unit_tests" ] && [ -x "$it_tests" ] || fail "the tests were not built"

# What starts first: it loads modules and hands over to this machine's files.
root=$work/initrd
modules=lib/modules/$version
rm -rf "$root"
mkdir -p "$root"/{bin,sbin,proc,sys,dev,host} "$root/$modules"
cp "$(command -v busybox)" "$root/bin/busybox"
ln -s busybox "$root/bin/sh"
# The kernel calls this when it wants a cipher.
ln -s ../bin/busybox "$root/sbin/modprobe"
cp "$kernel/$modules"/modules.{order,builtin}* "$root/$modules/"
for folder in crypto arch/x86/crypto lib net/9p net/tls fs/9p fs/netfs fs/fscache drivers/virtio; do
    if [ -d "$kernel/$modules/kernel/$folder" ]; then
        mkdir -p "$root/$modules/kernel/$folder"
        cp -r "$kernel/$modules/kernel/$folder/." "$root/$modules/kernel/$folder/"
    fi
done
busybox depmod -b "$root" "$version"
cat >"$root/init" <<EOF
#!/bin/sh
b=/bin/busybox
\$b mount -t proc proc /proc
\$b mount -t sysfs sys /sys
\$b mount -t devtmpfs dev /dev
for module in virtio_pci 9pnet_virtio 9p tls; do \$b modprobe \$module; done
\$b ifconfig lo up
\$b mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=262144 host /host
for folder in proc sys dev; do \$b mount -o bind /\$folder /host/\$folder; done
\$b mount -t tmpfs -o size=3g,mode=1777 tmpfs /host/run
\$b mkdir -p /dev/shm
\$b uname -srm
export PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME=/run TMPDIR=/run
export SPILLWAY_BIN=$target/debug/spillway
# With this the tests fail where they would say that there is no kernel TLS.
export SPILLWAY_KERNEL_TLS=1
result=0
\$b chroot /host $unit_tests --test-threads 2 --show-output transport::kernel_ transport::handshake || result=1
\$b chroot /host $it_tests --test-threads 1 --show-output kernel_tls:: https:: || result=1
\$b cat /proc/net/tls_stat
echo "tests ended with \$result"
\$b poweroff -f
EOF
chmod +x "$root/init"
(cd "$root" && find . | busybox cpio -o -H newc 2>/dev/null | gzip -1 >"$work/initrd.gz")

log=$work/log.txt
cpu=max
[ "$accel" = kvm ] && cpu=host
timeout "$time_limit_s" qemu-system-x86_64 -accel "$accel" -cpu "$cpu" -smp 2 -m 5120 \
    -nodefaults -display none -serial stdio -no-reboot \
    -kernel "$kernel/boot/vmlinuz-$version" -initrd "$work/initrd.gz" \
    -append "console=ttyS0 quiet panic=-1" \
    -virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap \
    </dev/null | sed --unbuffered 's/\r$//' | tee "$log"
grep -q '^tests ended with 0$' "$log" || fail "a test failed, or the machine did not come that far"
