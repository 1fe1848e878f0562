/** OSEQL (Hussain et al., 2023): occlude each line, and leave the one out without which the prediction flips (defenses.md 6). */
import { defineInputDefense } from '../define.ts';
import { removeLines } from '../oseql/purify.ts';
import { oseqlSchema, type OseqlSettings } from '../oseql/settings.ts';

export const oseql = defineInputDefense<OseqlSettings>()({
  name: 'oseql',
  title: 'OSEQL',
  version: 1,
  cite: 'Hussain et al., Occlusion-based Detection of Trojan-triggering Inputs in Large Language Models of Code, 2023',
  access: 'predictions',
  undefinedFor: { search: 'it looks for a line without which the class changes, and a cosine has no classes' },
  departures: [
    {
      setting: 'reported line',
      source: 'the input is called suspicious and the line shown',
      ours: 'the line’s words are left out, and the model predicts again',
      why: 'the comparison measures what a model predicts behind each defence',
    },
    {
      setting: 'line among several',
      source: 'Algorithm 1: “arg max prob”',
      ours: 'the one whose probability is furthest from the whole input’s',
      why: 'the largest probability is the furthest for one of the two classes alone',
    },
    {
      setting: 'lines',
      source: 'the source’s lines, comments among them',
      ours: 'of the source without its comments, as every attack and defence is given it; a program of one line has none to leave out',
      why: 'models never read comments, and no text may be left without words',
    },
    {
      setting: 'purification.contamination',
      source: 'library defaults: 0.1 for the elliptic envelope; for the isolation forest 0.1 once, a fixed score of 0.5 now',
      ours: '0.1 for both, as a share of the lines',
      why: 'a fixed score calls a third of a smooth list outliers',
    },
  ],
  params: oseqlSchema,
  prepare: null,
  purify: { needs: ['victim'], run: (inputs, { purification }, context) => removeLines(inputs, purification, context) },
});
