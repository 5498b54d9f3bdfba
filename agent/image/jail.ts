// Programs that read what a stranger made run under limits of the kernel: memory, processor time, no writing of files.
// It limits resources; what the file may say is judged elsewhere, before a program sees it.

export type Limits = {
  memoryMib: number;
  cpuS: number;
  /** 0: the program may write to no file at all. */ fileBytes: number;
};

/** The same command under limits. */
export function limited(argv: readonly string[], { memoryMib, cpuS, fileBytes }: Limits): string[] {
  return ['prlimit', `--as=${memoryMib * 1024 * 1024}`, `--cpu=${cpuS}`, `--fsize=${fileBytes}`, '--core=0', ...argv];
}
