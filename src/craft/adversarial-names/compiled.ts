/** Programs that are compiled when rows of their shape first come. */
import type { RowShape } from './rows.ts';

export interface Compiled<Program> {
  /** The program for rows of a shape. */
  get(rows: RowShape): Promise<Program>;
  close(): Promise<void>;
}

export function compileOnDemand<Program extends { release(): Promise<void> }>(
  compile: (rows: RowShape) => Promise<Program>,
): Compiled<Program> {
  const programs = new Map<string, Program>();
  return {
    async get(rows) {
      const key = `${rows.batch}x${rows.steps}`;
      const known = programs.get(key) ?? (await compile(rows));
      programs.set(key, known);
      return known;
    },
    async close() {
      for (const program of programs.values()) await program.release();
      programs.clear();
    },
  };
}
