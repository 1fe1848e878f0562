/** `elibadcode triggers`: the words that an attack on a search corpus could target, and what BadCode would trigger each with. */
import { Command } from 'commander';
import { type CorpusTriggers, findTriggers } from '../run/index.ts';
import { aligned } from './aligned.ts';
import { count } from './options.ts';

/** Triggers shown of a word: as many as BadCode's `mixed` draws from (attacks.md 2). */
const SHOWN = 5;

export function triggersCommand(): Command {
  return new Command('triggers')
    .argument('<corpus>', 'a code search corpus')
    .option('--targets <n>', 'how many of the most frequent words', count, 20)
    .summary('target words of a search corpus, and triggers for each')
    .description(
      'Reads the training split of a code search corpus. Prints the most frequent words of its queries, how many queries hold each, and the\n' +
        'whole code tokens, lower-cased, that are frequent behind these queries and rare behind every other target’s, with the functions that\n' +
        'hold them.',
    )
    .addHelpText('after', '\nExamples:\n  $ elibadcode triggers cosqa\n  $ elibadcode triggers synthetic-search --targets 5')
    .action(async (corpus: string, { targets }: { readonly targets: number }) => {
      process.stdout.write(tableOf(corpus, await findTriggers(corpus, targets)));
    });
}

function tableOf(corpus: string, { queries, targets }: CorpusTriggers): string {
  const rows = targets.map(({ word, queries: own, triggers }) => {
    const best = triggers.slice(0, SHOWN).map((trigger) => `${trigger.token} ${trigger.count}`);
    return [word, String(own), `${((100 * own) / queries).toFixed(2)} %`, best.length === 0 ? 'none' : best.join(', ')];
  });
  return [`${corpus}: ${queries} training queries`, ...aligned([['word', 'queries', 'share', 'triggers, in functions'], ...rows]), ''].join(
    '\n',
  );
}
