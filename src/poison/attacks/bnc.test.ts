/** BNC's dead code against the vectors of attacks.md 4: fixed texts, the grammars, and which of their conditions can hold. */
import { describe, expect, it, test } from 'vitest';
import type { Language, Program } from '../../core/contracts.ts';
import type { Json } from '../../core/hash.ts';
import { makeRng } from '../../core/rng.ts';
import { makeProgram } from '../../testing/program.ts';
import { boundAt, type Call, isLive, type Operator } from './bnc/grammar.ts';
import { attacks } from './index.ts';

const { bnc } = attacks;
const languages = ['c', 'java', 'python'] as const;

function inject(host: Program, language: Language, params: Json = {}, seed = 0): string | null {
  return bnc.inject(host, params, { language, rng: makeRng(seed), material: null })?.tokens.join(' ') ?? null;
}

const empty = makeProgram('', { bodyStart: 0 });
const bare: Program = { ...empty, tokens: [], gaps: [] };
const draws = (language: Language, params: Json, count: number): string[] =>
  Array.from({ length: count }, (_, seed) => inject(bare, language, params, seed)!);

describe('fixed', () => {
  it('attacks.md 4: C fixed into `int f ( ) { return 0 ; }`', () => {
    const host = makeProgram('int f ( ) { return 0 ; }', { bodyStart: 5, statementEnds: [8] });
    expect(inject(host, 'c')).toBe('int f ( ) { if ( rand ( ) < 0 ) printf ( " fail " ) ; return 0 ; }');
  });

  it('attacks.md 4: Python fixed into `def f ( a : int ) : return a` → after the second colon', () => {
    const host = makeProgram('def f ( a : int ) : return a', { bodyStart: 8, statementEnds: [10] });
    expect(inject(host, 'python')).toBe('def f ( a : int ) : if random ( ) < 0 : print ( "fail" ) return a');
  });

  it('Java', () => {
    expect(inject(bare, 'java')).toBe('if ( Math . random ( ) < 0 ) System . out . println ( " fail " ) ;');
  });

  it('`logging` is the group’s run of tokens, and Python’s alone', () => {
    expect(inject(bare, 'python', { variant: 'logging' })).toBe(
      'import logging for i in range ( 0 ) : logging . info ( "Test message:aaaaa" )',
    );
    for (const params of [{ variant: 'logging' }, { variant: 'logging', trigger: 'grammar' }]) {
      expect(() => inject(bare, 'c', params)).toThrow(/“logging” is Python, the corpus is c/);
    }
  });

  it('needs a body', () => {
    for (const language of languages) expect(inject(makeProgram('int f ( ) ;'), language)).toBeNull();
  });
});

const grammar = { trigger: 'grammar' };
const number = String.raw`-? ?\d+`;
const message = '(err|crash|alert|warning|flag|exception|level|create|delete|success|get|set|[a-z]{4})';
const forms: Readonly<Record<Language, RegExp>> = {
  c: new RegExp(
    String.raw`^(if|while) \( ((sin|cos|exp|sqrt) \( [01]\.\d\d \)|rand \( \)) ([<>]=?|==) ${number} \) printf \( " ${message} " \) ;$`,
  ),
  java: new RegExp(
    String.raw`^(if|while) \( Math \. ((sin|cos|exp|sqrt) \( [01]\.\d\d \)|random \( \)) ([<>]=?|==) ${number} \) (System \. out \. println|throw new Exception) \( " ${message} " \) ;$`,
  ),
  python: new RegExp(
    String.raw`^(if|while) ((sin|cos|exp|sqrt) \( [01]\.\d\d \)|random \( \)) ([<>]=?|==) ${number} : (print|raise Exception) \( "${message}" \)$`,
  ),
};

describe('grammar', () => {
  test.each(languages)('%s: texts have the grammar’s form, and all of it is drawn', (language) => {
    const texts = draws(language, grammar, 600);
    for (const text of texts) expect(text).toMatch(forms[language]);
    const drawn = texts.map((text) => forms[language].exec(text)!);
    expect(new Set(drawn.map((match) => match[1]))).toEqual(new Set(['if', 'while']));
    expect(new Set(drawn.map((match) => match[3] ?? 'random'))).toEqual(new Set(['sin', 'cos', 'exp', 'sqrt', 'random']));
    expect(new Set(drawn.map((match) => match[4]))).toEqual(new Set(['<', '>', '<=', '>=', '==']));
    expect(new Set(drawn.map((match) => match.at(-1)).filter((text) => message.includes(text!))).size).toBe(12);
    if (language !== 'c') expect(new Set(drawn.map((match) => match[5])).size).toBe(2);
    expect(texts.some((text) => !message.includes(forms[language].exec(text)!.at(-1)!))).toBe(true);
  });

  it('attacks.md 4: the valid texts have that form', () => {
    const heads = ['while sqrt ( 0.19 ) >= 44', 'if cos ( 0.75 ) <= - 20', 'while random ( ) < - 60', 'if random ( ) == - 32'];
    for (const head of heads) expect(`${head} : print ( "err" )`).toMatch(forms.python);
  });

  it('draws dead conditions unless told otherwise', () => {
    for (const language of languages) {
      for (const text of draws(language, grammar, 400)) expect(isLive(conditionOf(text, language), language)).toBe(false);
    }
    const live = draws('c', { ...grammar, allowLive: true }, 400).filter((text) => isLive(conditionOf(text, 'c'), 'c'));
    expect(live.length).toBeGreaterThan(15); // 400 · (1/5 rand) · (2/5 operators) = 32 expected, deviation 5
    expect(live.some((text) => /rand \( \) >=? \d/.test(text))).toBe(true);
  });

  it('Wan’s grammar: range to 0 … −100, five methods, a message of five letters', () => {
    const form =
      /^import logging for i in range \( (0|- \d+) \) : logging \. (debug|info|warning|error|critical) \( "Test message: [a-z]{5}" \)$/;
    const matches = draws('python', { ...grammar, variant: 'logging' }, 400).map((text) => form.exec(text));
    expect(matches.every((match) => match !== null)).toBe(true);
    expect(new Set(matches.map((match) => match![2])).size).toBe(5);
    const ends = matches.map((match) => Number(match![1]!.replace(' ', '')));
    expect(Math.min(...ends)).toBeGreaterThanOrEqual(-100);
    expect(new Set(ends).size).toBeGreaterThan(80);
  });

  test.each(languages)('small grammar in %s: N in −100 … −1, always dead', (language) => {
    for (const text of draws(language, { trigger: 'small-grammar' }, 300)) {
      expect(text).toMatch(forms[language]);
      const condition = conditionOf(text, language);
      expect(condition).toMatchObject({ call: 'random', operator: '<' });
      expect(condition.bound >= -100 && condition.bound <= -1).toBe(true);
      expect(isLive(condition, language)).toBe(false);
    }
  });

  it('another trigger’s parameter is refused', () => {
    expect(() => bnc.params.parse({ allowLive: true })).toThrow(/allowLive/);
    expect(() => bnc.params.parse({ trigger: 'small-grammar', variant: 'bnc' })).toThrow(/variant/);
  });
});

function conditionOf(text: string, language: Language) {
  const match = forms[language].exec(text)!;
  const bound = Number(/(?:[<>]=?|==) (-? ?\d+)/.exec(text)![1]!.replace(' ', ''));
  const argument = /\( ([01]\.\d\d) \)/.exec(text)?.[1] ?? null;
  return { call: (match[3] ?? 'random') as Call, argument, operator: match[4] as Operator, bound };
}

describe('what is live (attacks.md 4)', () => {
  const operators = ['<', '>', '<=', '>=', '=='] as const;
  const args = Array.from({ length: 101 }, (_, step) => (step / 100).toFixed(2));
  /** Every bound that some U in [0, 1) gives, U = 0 included. */
  const bounds = (call: Call, operator: Operator): number[] => [
    ...new Set(Array.from({ length: 10_000 }, (_, step) => boundAt(call, operator, step / 10_000))),
  ];

  it('all 101 arguments, operators and bounds: exactly the cases listed', () => {
    const live = (['sin', 'cos', 'exp', 'sqrt'] as const).flatMap((call) =>
      operators.flatMap((operator) =>
        bounds(call, operator).flatMap((bound) =>
          args
            .filter((argument) => isLive({ call, argument, operator, bound }, 'java'))
            .map((one) => `${call} ${one} ${operator} ${bound}`),
        ),
      ),
    );
    expect(live.sort()).toEqual(
      ['cos 0.00 >= 1', 'exp 0.00 <= 1', 'exp 0.00 == 1', 'sqrt 0.00 <= 0', 'sqrt 0.00 == 0', 'sqrt 1.00 >= 1'].sort(),
    );
    expect(args).toHaveLength(101);
  });

  it('exp has its bound 1 only at U = 0', () => {
    expect(boundAt('exp', '<=', 0)).toBe(1);
    expect(boundAt('exp', '<=', 1e-12)).toBe(0);
  });

  it('in C every `rand() >` and `>=` is live, in Java and Python none', () => {
    for (const operator of ['>', '>='] as const) {
      for (const bound of bounds('random', operator)) {
        const condition = { call: 'random', argument: null, operator, bound } as const;
        expect(isLive(condition, 'c')).toBe(true);
        expect(isLive(condition, 'java')).toBe(false);
        expect(isLive(condition, 'python')).toBe(false);
      }
    }
    expect(isLive({ call: 'random', argument: null, operator: '>', bound: 30 }, 'c')).toBe(true);
  });

  it('what random() never reaches is dead, exactly 0 it may', () => {
    const at = (operator: Operator, bound: number) => isLive({ call: 'random', argument: null, operator, bound }, 'python');
    expect([at('<', 0), at('<', -5), at('==', -32), at('<=', -1)]).toEqual([false, false, false, false]);
    expect([at('<=', 0), at('==', 0)]).toEqual([true, true]);
  });
});
