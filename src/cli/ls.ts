/** `elibadcode ls`: what an experiment can name, and the experiments there are. */
import { Command } from 'commander';
import { type Catalogue, catalogues } from '../config/catalogues.ts';
import { experimentNames } from '../config/load.ts';
import { metrics } from '../evaluate/metrics/index.ts';
import { figures, tables } from '../report/index.ts';
import { experimentsDir } from './options.ts';

type Line = readonly [name: string, text: string];

export function lsCommand(): Command {
  return new Command('ls')
    .summary('list corpora, models, attacks, defences, metrics, experiments')
    .description('Lists what an experiment can name, what is planned, and the experiments, tables and figures there are.')
    .action(() => {
      const sections: readonly (readonly [string, readonly Line[]])[] = [
        ['experiments', experimentNames(experimentsDir).map((name): Line => [name, `elibadcode plan ${name}`])],
        ['corpora', linesOf(catalogues.corpora)],
        ['models', linesOf(catalogues.models)],
        ['attacks', linesOf(catalogues.attacks)],
        ['defences', linesOf(catalogues.defenses)],
        ['metrics', metrics.map(({ name, cite }): Line => [name, cite])],
        ['tables', tables.map(({ name, title }): Line => [name, title])],
        ['figures', figures.map(({ name }): Line => [name, 'as the paper’s figure of that number'])],
      ];
      const width = Math.max(...sections.flatMap(([, lines]) => lines.map(([name]) => name.length)));
      for (const [title, lines] of sections) {
        const text = lines.map(([name, what]) => `  ${name.padEnd(width)}  ${what}`.trimEnd()).join('\n');
        process.stdout.write(`${title}\n${text}\n\n`);
      }
    });
}

function linesOf({ members, planned }: Catalogue<{ readonly title: string; readonly cite?: string }>): Line[] {
  const there = Object.entries(members).map(([name, { title, cite }]): Line => [
    name,
    cite === undefined || cite === '' ? title : `${title}: ${cite}`,
  ]);
  return [...there, ...Object.entries(planned).map(([name, why]): Line => [name, `(not implemented) ${why}`])];
}
