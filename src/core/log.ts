/** Lines for people, written to a stream that is passed in: results go to standard output, everything said on the way to standard error. */

export interface Log {
  /** What happens; silent under `--quiet`. */
  readonly info: (line: string) => void;
  /** What the reader should know even when quiet. Warn about the weather, throw about the numbers. */
  readonly warn: (line: string) => void;
}

export function makeLog(write: (text: string) => void, options: { readonly quiet: boolean }): Log {
  return {
    info: (line) => {
      if (!options.quiet) write(`${line}\n`);
    },
    warn: (line) => write(`warning: ${line}\n`),
  };
}
