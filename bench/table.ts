/**
 * Results of bench.ts as Markdown tables; results of one machine, device and number of threads become one table.
 * usage: npx tsx bench/table.ts FILE... [--write README.md]     (--write: between <!-- bench --> and <!-- /bench -->)
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { UserError } from '../src/core/errors.ts';
import { writeAtomically } from '../src/core/fs.ts';
import { forPeople } from './for-people.ts';
import { reportOf } from './report.ts';
import { readResults } from './results.ts';

const MARKS = ['<!-- bench -->\n', '<!-- /bench -->'] as const;

await forPeople(async () => {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { write: { type: 'string' } } });
  if (positionals.length === 0) throw new UserError('table', 'no file was given', 'files that bench/bench.ts wrote');
  const report = reportOf(positionals.map(readResults));
  if (values.write === undefined) console.log(report);
  else writeAtomically(values.write, withReport(values.write, readFileSync(values.write, 'utf8'), report));
});

function withReport(path: string, text: string, report: string): string {
  const [from, to] = [text.indexOf(MARKS[0]), text.indexOf(MARKS[1])];
  if (from === -1 || to < from) throw new UserError(path, 'has no place for the table', MARKS.map((mark) => mark.trim()).join(' … '));
  return `${text.slice(0, from + MARKS[0].length)}\n${report}\n${text.slice(to)}`;
}
