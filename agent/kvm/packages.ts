// The Debian packages a KVM host needs, and why. Kept next to the code that calls their programs.

export const kvmPackages: readonly { name: string; why: string }[] = [
  { name: 'qemu-system-x86', why: 'runs the guests (qemu-system-x86_64)' },
  { name: 'qemu-utils', why: 'makes, grows, converts and inspects disk files (qemu-img)' },
  { name: 'seabios', why: 'the firmware guests boot with' },
  {
    name: 'libvirt-daemon-system',
    why: 'libvirtd with its QEMU driver, and the libvirt-qemu user without which that driver does not load',
  },
  { name: 'libvirt-clients', why: 'the program the agent speaks to libvirtd with (virsh)' },
  { name: 'iproute2', why: 'bridges, VXLAN devices, taps and namespaces (ip, bridge, tc)' },
  { name: 'util-linux', why: 'namespaces of the laboratory (nsenter, unshare) and mounts' },
];
