/** Writes every table and figure of a store's runs, and says in a few lines what came out. */
import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { writeAtomically } from '../core/fs.ts';
import { readReportedRows, readRuns, type Store } from '../store/index.ts';
import { pngOf, svgOf } from './figure.ts';
import { figures } from './figures/index.ts';
import { csvOf } from './formats/csv.ts';
import { latexOf } from './formats/latex.ts';
import { markdownOf } from './formats/markdown.ts';
import { terminalTextOf } from './formats/terminal.ts';
import type { ReportInput } from './grid.ts';
import type { DefenseFacts } from './knowledge.ts';
import { type Pretraining, pretrainingsBehind } from './pretrainings.ts';
import { familiesOf, fillSlots, type Planned, slotsByVictim } from './slots.ts';
import { tables } from './tables/index.ts';

export interface ReportOptions {
  readonly store: Store;
  /** `null`: every experiment in the store. */
  readonly experiment: string | null;
  /** The experiment's plan, so that the report knows what is missing; `null`: what is stored is the plan. */
  readonly planned: readonly Planned[] | null;
  readonly knowledge: readonly DefenseFacts[];
  /** Those there are; one experiment shows those that its victims start from. */
  readonly pretrainings: readonly Pretraining[];
  /** Gets `tables/` and `figures/`. */
  readonly outDir: string;
}

export interface Report {
  readonly files: readonly string[];
  /** For the terminal: a short table, the verdicts, the files. */
  readonly text: string;
}

export async function buildReport({ store, experiment, planned, knowledge, pretrainings, outDir }: ReportOptions): Promise<Report> {
  const slots = fillSlots(await readRuns(store), planned, experiment);
  if (slots.length === 0) {
    const what = experiment === null ? 'runs' : `runs of experiment “${experiment}”`;
    throw new UserError(store.path, `has no ${what}`, '`elibadcode run EXPERIMENT` first, or `elibadcode collect DIR`');
  }
  const families = familiesOf(slotsByVictim(slots));
  const victims = families.flatMap((family) => family.victims);
  const input: ReportInput = {
    ...{ victims, families, reported: await readReportedRows(store), knowledge },
    pretrainings:
      experiment === null
        ? pretrainings
        : pretrainingsBehind(
            victims.map(({ weights }) => weights),
            pretrainings,
          ),
  };
  const files = new Map<string, string | Uint8Array>();
  const empty = new Set<string>();
  for (const { name, title, build } of tables) {
    const [path, built] = [join(outDir, 'tables', name), build(input)];
    if (built.length === 0) empty.add(`${path}.md`);
    files.set(`${path}.md`, markdownOf(title, built));
    files.set(`${path}.csv`, csvOf(built));
    files.set(`${path}.tex`, latexOf(name, title, built));
  }
  for (const figure of figures.flatMap((member) => member.build(input))) {
    const path = join(outDir, 'figures', figure.name);
    if (files.has(`${path}.svg`)) throw new Error(`two figures named ${figure.name}`);
    const svg = await svgOf(figure);
    files.set(`${path}.vl.json`, `${JSON.stringify(figure.spec, null, 2)}\n`);
    files.set(`${path}.svg`, svg);
    files.set(`${path}.png`, pngOf(svg));
  }
  // Everything is drawn before anything is written: a fault leaves the old report whole.
  for (const [path, content] of files) writeAtomically(path, content);
  const paths = [...files.keys()];
  const listed = paths.filter((path) => isForReading(path) && !empty.has(path)).map((path) => `  ${path}`);
  const others = empty.size === 0 ? [] : [`  and beside them ${empty.size} ${empty.size === 1 ? 'table' : 'tables'} with no runs to show`];
  return { files: paths, text: [terminalTextOf(input), '', 'Files', ...listed, ...others, ''].join('\n') };
}

/** The forms a person opens; the others lie beside them under the same names. */
function isForReading(path: string): boolean {
  return path.endsWith('.md') || path.endsWith('.png');
}
