// `npm run db`, as an operator calls it.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../tools/db/main.ts', import.meta.url));

export interface Said {
  code: number;
  text: string;
}

export const db = (
  dataDir: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Said> =>
  new Promise((resolve) => {
    const own = {
      ...process.env,
      NEPHOS_DATA: dataDir,
      DATABASE_URL: undefined,
      DATABASE_DIRECT_URL: undefined,
      ...env,
    };
    execFile(process.execPath, [MAIN, ...argv], { env: own }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), text: stdout + stderr }),
    );
  });
