// Steps with their times: a spinner on a terminal, plain lines elsewhere. Goes to stderr; stdout is for machines.
import ora from 'ora';

export interface Progress {
  /** Runs one step; `say` changes what is shown while it runs. */
  step<T>(title: string, work: (say: (text: string) => void) => Promise<T>): Promise<T>;
  note(text: string): void;
}

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;

export function openProgress(terminal = process.stderr.isTTY && (process.stderr.columns ?? 0) > 20): Progress {
  return terminal ? onTerminal() : onLines();
}

function onTerminal(): Progress {
  return {
    step: async (title, work) => {
      const started = performance.now();
      const spinner = ora({ text: title, stream: process.stderr, discardStdin: false }).start();
      try {
        const result = await work((text) => {
          spinner.text = `${title}: ${text}`;
        });
        spinner.succeed(`${title}  ${seconds(started)}`);
        return result;
      } catch (error) {
        spinner.fail(`${title}  ${seconds(started)}`);
        throw error;
      }
    },
    note: (text) => void process.stderr.write(`${text}\n`),
  };
}

function onLines(): Progress {
  const write = (text: string): void => void process.stderr.write(`${text}\n`);
  return {
    step: async (title, work) => {
      const started = performance.now();
      let said = 0;
      write(`· ${title}`);
      try {
        const result = await work((text) => {
          if (performance.now() - said > 5_000) {
            said = performance.now();
            write(`  ${title}: ${text}`);
          }
        });
        write(`✔ ${title}  ${seconds(started)}`);
        return result;
      } catch (error) {
        write(`✖ ${title}  ${seconds(started)}`);
        throw error;
      }
    },
    note: write,
  };
}
