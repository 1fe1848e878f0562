/** Made-up curves of pretrainings, for tests of reports: two stand-ins of one objective, one of another, one that has one epoch. */
import type { Pretraining } from '../report/index.ts';

const falling = (name: string, objective: string, epochs: number, [from, to]: readonly [number, number]): Pretraining => ({
  name,
  objective,
  curve: Array.from({ length: epochs }, (_, epoch) => {
    const trainLoss = to + (from - to) * Math.exp((-4 * epoch) / epochs);
    return { epoch, trainLoss, validLoss: 0.95 * trainLoss + (0.4 * epoch) / epochs };
  }),
});

export const madeUpPretrainings: readonly Pretraining[] = [
  falling('code-lm-standin-made-up', 'next-token', 6, [6.1, 2.2]),
  falling('codebert-standin-made-up', 'masked-tokens', 20, [7.5, 1.8]),
  falling('codebert-standin-made-up-wide', 'masked-tokens', 12, [8, 1.2]),
  falling('unixcoder-standin-made-up', 'contrastive', 1, [9, 9]),
];
