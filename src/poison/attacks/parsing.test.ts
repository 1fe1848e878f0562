/** Every attack, in functions of each language, leaves a syntax tree without faults that were not there before. */
import { expect, test } from 'vitest';
import type { Attack, Language, Program } from '../../core/contracts.ts';
import type { Json } from '../../core/hash.ts';
import { makeRng } from '../../core/rng.ts';
import { sourceOf } from '../../core/source-of.ts';
import { countErrors } from '../../dataset/preprocess/errors.ts';
import { preprocess } from '../../dataset/preprocess/preprocess.ts';
import { attacks } from './index.ts';

const functions: Readonly<Record<Language, readonly string[]>> = {
  c: [
    'static int sum(const int *values, int count)\n{\n    int i, total = 0;\n\n    for (i = 0; i < count; i++) {\n        if (values[i] < -1)\n            continue;\n        else\n            total += values[i] * 20;\n    }\n    return total;\n}\n',
    'void log_all(struct list *p) {\n#ifdef DEBUG\n    printf("%d 5\\n", p->size);\n#endif\n    switch (p->kind) { case 1: p->x = \'5\'; break; default: goto out; }\nout:\n    return;\n}',
    'char *pick(int a) { char *s = "// no"; do { a--; } while (a > 396); { int b = a; s += b; } return s; }',
  ],
  java: [
    'public static int sum(int[] values) throws IOException {\n    int total = 0;\n    for (int value : values) {\n        if (value > 20) total += value; else total -= 1;\n    }\n    try { total += read(); } catch (IOException e) { throw e; } finally { close(); }\n    return total;\n}',
    'private List<String> names(Map<String, Long> ages) { List<String> out = new ArrayList<>(); ages.forEach((k, v) -> { if (v > 20L) { out.add(k + "5"); } }); return out; }',
    '@Override\npublic String toString() {\n    switch (kind) {\n        case 1: return "one";\n        default: return name + 5;\n    }\n}',
  ],
  python: [
    'def total(values: list, start: int = 20) -> int:\n    """Doc."""\n    out = start\n    for value in values:\n        if value > 5:\n            out += value\n        else:\n            out -= 1\n    return out\n',
    "def load(self, path, *args, **kwargs):\n    try:\n        with open(path, 'rb') as handle:\n            data = [int(x) for x in handle.read(20)\n                    if x]\n    except IOError:\n        return None\n    return {'a': data,\n            'b': 5}\n",
    'def one(a): return a + 20',
  ],
};

const invented = (program: Program): Json => program.locals.map((name, place) => [name, `fresh${place}`]);
const snippet =
  (language: Language) =>
  (program: Program): Json => {
    const tokens = { c: 'g ( fresh , " 5 " ) ;', java: 'int fresh = g ( 1 ) ;', python: 'fresh = g ( 1 )' }[language].split(' ');
    return program.statementEnds.slice(0, 1).map((at) => ({ at, tokens }));
  };

interface Case {
  readonly attack: Attack;
  readonly language: Language;
  readonly params: Readonly<Record<string, Json>>;
  readonly material: (program: Program) => Json;
}

const none = (): Json => null;
const cases: readonly Case[] = (['c', 'java', 'python'] as const).flatMap((language) => {
  const { codepoisoner, badcode, afraidoor, bnc } = attacks as Readonly<Record<keyof typeof attacks, Attack>>;
  const of = (attack: Attack, params: Case['params'], material: Case['material'] = none): Case => ({ attack, language, params, material });
  const statements = ['declaration', 'assertion', 'assignment', ...(language === 'c' ? ['pointer'] : [])];
  return [
    of(codepoisoner, {}),
    of(codepoisoner, { target: 'variable', trigger: 'ret_Val_' }),
    of(codepoisoner, { strategy: 'constant-unfolding' }),
    of(codepoisoner, { strategy: 'constant-unfolding', expression: 'source' }),
    ...statements.map((statement) => of(codepoisoner, { strategy: 'dead-code', statement })),
    ...statements.map((statement) => of(codepoisoner, { strategy: 'dead-code', statement, place: 'body-start' })),
    of(codepoisoner, { strategy: 'lm-snippet' }, snippet(language)),
    of(badcode, { identifier: 'either', join: 'among-parts' }),
    of(afraidoor, {}, invented),
    of(bnc, {}),
    of(bnc, { trigger: 'grammar', allowLive: true }),
    of(bnc, { trigger: 'small-grammar' }),
    ...(language === 'python' ? [of(bnc, { variant: 'logging' }), of(bnc, { variant: 'logging', trigger: 'grammar' })] : []),
  ];
});

test.each(cases.map((one) => ({ ...one, label: `${one.language} ${one.attack.name} ${JSON.stringify(one.params)}` })))(
  '$label',
  async (one) => {
    let carriers = 0;
    for (const text of functions[one.language]) {
      const host = await preprocess(text, one.language);
      expect(await countErrors(sourceOf(host), one.language)).toBe(0);
      for (const seed of [0, 1, 2, 3, 4]) {
        const context = { language: one.language, rng: makeRng(seed), material: one.material(host) };
        const form = one.attack.inject(host, one.params, context);
        if (form === null) continue;
        carriers += 1;
        expect([sourceOf(form), await countErrors(sourceOf(form), one.language)]).toEqual([sourceOf(form), 0]);
        expect((await preprocess(sourceOf(form), one.language)).tokens).toEqual(form.tokens);
      }
    }
    expect(carriers).toBeGreaterThan(4);
  },
);
