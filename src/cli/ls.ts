/** `elibadcode ls`: what an experiment can name, and the experiments there are. */
import { Argument, Command } from 'commander';
import { type Catalogue, catalogues } from '../config/catalogues.ts';
import { experimentNames } from '../config/load.ts';
import { detectionMetrics, metrics } from '../evaluate/metrics/index.ts';
import { modelParams } from '../config/models.ts';
import { figures, tables } from '../report/index.ts';
import { type ModelConfig, modelFacts, sizesOf } from '../run/index.ts';
import { aligned } from './aligned.ts';
import { experimentsDir } from './options.ts';

type Line = readonly [name: string, text: string];

export function lsCommand(): Command {
  return new Command('ls')
    .addArgument(new Argument('[section]', 'models alone, with their sizes and the weights they can have').choices(['models']))
    .summary('list corpora, models, attacks, defences, metrics, experiments')
    .description('Lists what an experiment can name, and the experiments, tables and figures there are.')
    .action((section: 'models' | undefined) => {
      if (section === 'models') {
        process.stdout.write(modelsText());
        return;
      }
      const sections: readonly (readonly [string, readonly Line[]])[] = [
        ['experiments', experimentNames(experimentsDir).map((name): Line => [name, `elibadcode plan ${name}`])],
        ['corpora', linesOf(catalogues.corpora)],
        ['models', linesOf(catalogues.models)],
        ['attacks', linesOf(catalogues.attacks)],
        ['defences', linesOf(catalogues.defenses)],
        ['metrics', [...metrics, ...detectionMetrics].map(({ name, cite }): Line => [name, cite])],
        ['tables', tables.map(({ name, title }): Line => [name, title])],
        ['figures', figures.map(({ name, title }): Line => [name, title])],
      ];
      const width = Math.max(...sections.flatMap(([, lines]) => lines.map(([name]) => name.length)));
      for (const [title, lines] of sections) {
        const text = lines.map(([name, what]) => `  ${name.padEnd(width)}  ${what}`.trimEnd()).join('\n');
        process.stdout.write(`${title}\n${text}\n\n`);
      }
    });
}

/** Sizes with exact parameters, of the tokenizer and rows that are the defaults. */
function modelsText(): string {
  const { tokenizer, maxTokens } = modelParams.parse({});
  const rows = Object.keys(catalogues.models).flatMap((name) =>
    sizesOf(name).map((size) => {
      const config = { ...modelParams.parse({ size }), name } as ModelConfig; // The catalogue's names are the architectures'.
      const { size: shape, parameters } = modelFacts(config);
      const numbers = [shape.layers, shape.width, shape.heads, shape.feedForward, parameters];
      return [`${name}/${size}`, ...numbers.map((value) => value.toLocaleString('en-US'))];
    }),
  );
  return [
    'models',
    ...aligned([['architecture/size', 'layers', 'width', 'heads', 'feed-forward', 'parameters'], ...rows]),
    '',
    `Parameters with the tokenizer ${tokenizer} and rows of ${maxTokens}, without a task’s head.`,
    `weights: ${modelParams.shape.weights.description ?? ''}`,
    `tokenizer: ${modelParams.shape.tokenizer.description ?? ''}`,
    '',
  ].join('\n');
}

function linesOf(members: Catalogue<{ readonly title: string; readonly cite?: string }>): Line[] {
  return Object.entries(members).map(([name, { title, cite }]): Line => [
    name,
    cite === undefined || cite === '' ? title : `${title}: ${cite}`,
  ]);
}
