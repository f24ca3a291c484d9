# The first process of the node: makes the namespaces it is in look like a machine, then runs the command it is given.
# Nothing of this is seen outside, and all of it goes when this process ends.
#
# sh init.sh FOLDER BRIDGE ADDRESS/BITS COMMAND…
set -eu

folder=$1 bridge=$2 address=$3
shift 3
# Not everybody's has the folders of these programs.
export PATH="$PATH:/usr/sbin:/sbin"
cd "$folder"

# Sockets, locks, mounted network namespaces, images and containers.
mount -t tmpfs tmpfs /run
# What programs write where they have always written it.
for path in /var/lib /var/log; do
  mkdir -p "/run/over$path/upper" "/run/over$path/work"
  mount -t overlay -o "lowerdir=$path,upperdir=/run/over$path/upper,workdir=/run/over$path/work" overlay "$path"
done
# The folder may be in one of them. -c, or mount would look the dot up in what now covers it.
mkdir -p "$folder"
mount -c --bind . "$folder"

mount -t proc proc /proc
mount -t sysfs sysfs /sys

# The cgroup we are in looks like the root here.
mount -t tmpfs tmpfs /sys/fs/cgroup
version=2
while IFS=: read -r _ hierarchy _; do
  # Under version 2 there is one, without a name; beside those of version 1 it has no use.
  [ -n "$hierarchy" ] || continue
  version=1
  mkdir "/sys/fs/cgroup/${hierarchy#name=}"
  case $hierarchy in name=*) hierarchy=none,$hierarchy ;; esac
  mount -t cgroup -o "$hierarchy" cgroup "/sys/fs/cgroup/${hierarchy#none,name=}"
done </proc/self/cgroup
if [ "$version" = 2 ]; then
  umount /sys/fs/cgroup
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  # A cgroup that gives controllers to others may have no process.
  mkdir -p /sys/fs/cgroup/init
  echo 0 >/sys/fs/cgroup/init/cgroup.procs
  for controller in $(cat /sys/fs/cgroup/cgroup.controllers); do
    echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control
  done
fi

# The kernel's settings are the machine's. The kubelet sets these, unless they have its values already.
mkdir /run/kernel
for setting in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 \
  kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
  file=/run/kernel/$(basename "${setting%=*}")
  echo "${setting#*=}" >"$file"
  mount --bind "$file" "/proc/sys/${setting%=*}"
done

echo '127.0.0.1 localhost node' >/run/hosts
mount --bind /run/hosts /etc/hosts

ip link set lo up
ip link add "$bridge" type bridge
ip address add "$address" dev "$bridge"
ip link set "$bridge" up
echo 1 >/proc/sys/net/ipv4/ip_forward

# Not exec: the shell reaps what loses its parent.
"$@"
