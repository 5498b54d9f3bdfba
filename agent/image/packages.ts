// The Debian packages the image code needs on a host, and why. Kept next to the code that calls their programs.

export const imagePackages: readonly { name: string; why: string }[] = [
  { name: 'qemu-utils', why: 'inspects and converts images (qemu-img)' },
  { name: 'util-linux', why: 'limits what a program may use while it reads a stranger’s file (prlimit)' },
  { name: 'bzip2', why: 'unpacks .bz2 downloads' },
  { name: 'xz-utils', why: 'unpacks .xz downloads' },
];
