/** Where EliBadCode's default values and rules depart from the paper and from the authors' code (method.md), and why. */
import type { Departure } from '../../core/contracts.ts';

export const departures: readonly Departure[] = [
  {
    setting: 'vocabulary.rule',
    source: 'paper: the language’s identifier rule; code: letters, digits and underscore',
    ours: 'word-characters',
    why: 'the paper’s own count, 15,838 pieces, is that of the code’s rule',
  },
  {
    setting: 'vocabulary.rule: all',
    source: 'the whole vocabulary',
    ours: 'the whole vocabulary without special tokens',
    why: 'a padding or separator token in the trigger would change what the row is, not what it says',
  },
  {
    setting: 'vocabulary.onEmpty',
    source: 'code: the whole vocabulary',
    ours: 'an error',
    why: 'a search without phase (a) is another method',
  },
  {
    setting: 'samples',
    source: 'code: the first of a file',
    ours: 'a seeded draw from the pool; too few are an error',
    why: 'seeds vary the draw, and a smaller sample would change the result unseen',
  },
  {
    setting: 'position.identifiers, position.mask',
    source:
      'paper: the function’s name and the variables, one place at a time; code: distinct names of its variable list, every place at once',
    ours: 'as the code',
    why: 'what the authors’ results were made with; the list holds the function’s name for C',
  },
  {
    setting: 'position.mask token',
    source: 'code: the text <unk> among blank-joined tokens',
    ours: 'the id of <unk> in place of the word’s sub-tokens',
    why: 'their tokenizer can leave a lone blank before it',
  },
  {
    setting: 'position.choose',
    source: 'paper: smallest change of the loss; code: largest predicted probability',
    ours: 'least-change',
    why: 'the code’s rule picks the most sensitive place for one of the two labels',
  },
  {
    setting: 'position.index',
    source: 'code: the word’s index, used as a sub-token’s',
    ours: 'sub-token',
    why: 'the two differ as soon as a word has several sub-tokens',
  },
  {
    setting: 'position.host',
    source: 'code: the unmasked sample',
    ours: 'masked',
    why: 'the paper puts the trigger into the masked sample, at the masked place',
  },
  {
    setting: 'position.fallback',
    source: 'code: index 1 for a place beyond the middle of the padded row; no identifier ends the program',
    ours: 'only places where the trigger fits are candidates; index 1, counted, where there are none',
    why: 'no trigger is cut off, and no place is moved that need not be',
  },
  {
    setting: 'position.candidates',
    source: 'code: sub-token index 10 for every candidate and for anchoring',
    ours: 'same',
    why: 'candidates must be scored where their gradient was taken',
  },
  {
    setting: 'position ties',
    source: 'code: the order of a hash set',
    ours: 'the first in source order',
    why: 'equal runs give equal results',
  },
  {
    setting: 'repeat',
    source: 'paper: Algorithm 1’s loop makes 63 candidates for r = 64',
    ours: '64',
    why: 'as the paper’s text and the code',
  },
  {
    setting: 'mode',
    source: 'code: dropout on in gradient and scoring',
    ours: 'eval',
    why: 'noise in the comparison of candidates serves nothing the paper names',
  },
  {
    setting: 'return',
    source: 'paper: the last trigger, its loss computed anew',
    ours: 'best, as the code',
    why: 'the last candidate may be worse',
  },
  {
    setting: 'distinct',
    source: 'code: draws until enough new candidates are found, forever if there are too few',
    ours: 'at most 50 draws a candidate, then repeats',
    why: 'a search must end',
  },
  {
    setting: 'options',
    source: 'code: each label pair, in each half of the row',
    ours: 'labels, as the paper',
    why: 'the code’s second half crashes',
  },
  {
    setting: 'options, ties',
    source: 'code: of equal losses the later option',
    ours: 'the first',
    why: 'one rule for every smallest loss, as within an iteration',
  },
  {
    setting: 'anchor.change',
    source: 'paper: absolute change; code: signed',
    ours: 'signed',
    why: 'a token whose removal lowers the loss is no part of the trigger',
  },
  {
    setting: 'anchor.loss',
    source: 'code: the search’s loss, with dropout, against losses without',
    ours: 'recomputed, as the paper',
    why: 'a difference needs two losses of one kind',
  },
  {
    setting: 'anchor.onEmpty',
    source: 'code: the empty text',
    ours: 'the whole trigger, flagged; an empty trigger is refused by unlearning',
    why: 'an empty trigger would delete function names and turn unlearning into fine-tuning without saying so',
  },
  {
    setting: 'verdict.rule',
    source: 'paper: outlier test on the labels’ losses; code: lowest loss, no verdict',
    ours: 'calibrated on at least 5 clean models of the same corpus and model; fewer are undecidable',
    why: 'with two labels the outlier test cannot flag anything: both indices are 0.6745',
  },
  {
    setting: 'unlearning.injectRate, unlearning.injectInto',
    source: 'paper: 0.2 of all clean samples (5.1), or about 218 (4.5); code: 0.2 of the victim label’s',
    ours: '0.2 of the victim label’s',
    why: '218 is 20 % of them',
  },
  {
    setting: 'unlearning.selection',
    source: 'code: one draw each',
    ours: 'exact',
    why: 'the rate means what it says',
  },
  {
    setting: 'unlearning.objective',
    source: 'paper: correct labels (5.1), the inverted label (4.5), or a loss pushed up (equation 4); code: correct labels',
    ours: 'true-label',
    why: 'P 5.1 and the code agree',
  },
  {
    setting: 'unlearning.trainable',
    source: 'paper: last layer; code: dense and output layer of the head',
    ours: 'head',
    why: 'what the authors’ results were made with',
  },
  {
    setting: 'code search: mode, position.choose, position.index, position.fallback, position.candidates',
    source: 'code: asks a search sample for probabilities and places that it does not have, and ends',
    ours: 'in every profile: no dropout, the smallest change of the own pair’s cosine (or a random place), sub-token places that fit',
    why: 'of the authors’ path nothing runs that could be repaired',
  },
  {
    setting: 'code search: query.vocabulary, place of the target',
    source: 'paper: all tokens of the target; code: the trigger’s vocabulary, at the trigger’s place',
    ours: 'word characters with or without a blank before them, right after the query’s first special token',
    why: 'a word of a query follows a blank; a query has no identifiers to stand in for',
  },
  {
    setting: 'code search: verdict, options',
    source: 'code: one option a configured target word',
    ours: 'one inversion without a given word; its score is compared with those of clean models',
    why: 'a defender does not know the word',
  },
  {
    setting: 'code search: unlearning',
    source: 'not stated',
    ours: 'the trigger in 20 % of the pairs whose query holds none of the inverted words; every parameter learns',
    why: 'beside queries with these words the trigger would be learned anew; the task has no head',
  },
  {
    setting: 'code search: unlearning.learningRate',
    source: 'code: 5e-3 for everything that learns',
    ours: '2e-5; 5e-3 in the profile of the code',
    why: 'without a head the whole encoder learns: at 5e-3 it loses the task (MRR 0.228 became 0.003)',
  },
  {
    setting: 'purification.similarity',
    source:
      'P 6.2: tokens above a cosine of 0.9 are dropped from inputs, together with ONION or AttDef; for which tasks and models is not said',
    ours: 'off; on demand the filter alone, by the word embeddings of the suspect model, before the unlearned or the suspect model reads',
    why: 'what the filter itself does is then seen; 0.9 is selectable',
  },
];
