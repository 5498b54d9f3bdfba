// The Debian packages that the tests in a browser need, and why.

export const consolePackages: readonly { name: string; why: string }[] = [
  { name: 'chromium', why: 'the browser the console is tested in' },
  { name: 'fonts-inter', why: 'the typeface the console asks for first, so that pictures of it look as people see it' },
  { name: 'fonts-dejavu-core', why: 'a monospaced typeface for addresses and commands' },
];
