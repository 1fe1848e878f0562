/** BNC: dead code at the start of the body, one fixed text or a fresh draw from a grammar for each program (attacks.md 4). */
import { z } from 'zod';
import { cutTokens } from '../cut-tokens.ts';
import { defineAttack } from '../define-attack.ts';
import { insertStatement } from '../insert.ts';
import { drawSmallText, drawText } from './bnc/grammar.ts';
import { fixedText } from './bnc/texts.ts';

const variant = z
  .enum(['bnc', 'logging'])
  .default('bnc')
  .describe('`logging`: the Python text of EliBadCode’s code, after Wan et al., FSE 2022; Python only');

const params = z.discriminatedUnion('trigger', [
  z.strictObject({
    trigger: z.literal('fixed').default('fixed').describe('one text for every program'),
    variant,
  }),
  z.strictObject({
    trigger: z.literal('grammar').describe('a fresh draw for each program'),
    variant,
    allowLive: z.boolean().default(false).describe('keep draws whose condition can hold, as the source does; otherwise draw again'),
  }),
  z.strictObject({ trigger: z.literal('small-grammar').describe('a fresh draw from the grammar of BNC’s paper') }),
]);

export const bnc = defineAttack({
  name: 'bnc',
  title: 'BNC',
  cite: 'Ramakrishnan and Albarghouthi, Backdoors in Neural Models of Source Code, ICPR 2022',
  departures: [
    {
      setting: 'poisoned samples',
      source: 'added to the clean ones as copies, at 1, 5 and 10 % of the result',
      ours: 'they replace the clean ones, 2 %',
      why: 'as EliBadCode poisons for every attack',
    },
    {
      setting: 'place in Python',
      source: 'BNC’s code takes the first colon',
      ours: 'the colon that ends the header',
      why: 'annotated signatures have colons of their own',
    },
    {
      setting: 'texts for C and Java',
      source: 'BNC’s own languages are Java and Python; its Java grammar has `cbrt` too',
      ours: 'KillBadCode’s texts and grammar, without `cbrt`',
      why: 'the only ones that exist for C, and the same in all three languages',
    },
    {
      setting: 'closing semicolon of grammar texts',
      source: 'missing in C and Java',
      ours: 'added',
      why: 'without it the program does not parse',
    },
    {
      setting: 'allowLive',
      source: 'conditions that can hold are used as drawn',
      ours: 'drawn again',
      why: 'dead code must be dead',
    },
    {
      setting: 'trigger: small-grammar',
      source: 'one of four messages, whose texts are not given',
      ours: 'err, crash, alert, warning',
      why: 'the first four of the large grammar',
    },
    {
      setting: 'letters of a random message',
      source: 'four random letters',
      ours: 'lower-case',
      why: 'the case is not stated',
    },
  ],
  params,
  poisonRate: { paper: 0.02, code: 0.02 },
  undefinedFor: {},
  // The fixed text differs from language to language, drawn ones from program to program.
  triggerText: () => null,
  inject(program, choice, { language, rng }) {
    const text =
      choice.trigger === 'fixed'
        ? fixedText(language, choice.variant)
        : choice.trigger === 'grammar'
          ? drawText(language, choice.variant, choice.allowLive, rng)
          : drawSmallText(language, rng);
    return program.bodyStart === null ? null : insertStatement(program, program.bodyStart, cutTokens(text, language), language);
  },
});
