// Typed lint: strict rules for everything we ship; each relaxation says why.
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const noChance = { object: 'Math', property: 'random', message: 'Randomness is an argument: take an Rng (src/core/rng.ts).' };

const noClockNorConsole = {
  'no-console': 'error',
  'no-restricted-properties': [
    'error',
    noChance,
    { object: 'Date', property: 'now', message: 'No ambient clock here: take the time from src/core.' },
    { object: 'performance', property: 'now', message: 'No ambient clock here: take the time from src/core.' },
  ],
  'no-restricted-syntax': [
    'error',
    { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'No ambient clock here: take the time from src/core.' },
  ],
};

export default defineConfig(
  globalIgnores(['node_modules', 'results', 'datasets', 'notebooks/node_modules', 'notebooks/out', 'coverage', '**/.*/']),
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      ...noClockNorConsole,
      // `!= null` is the one short way to ask for neither `null` nor `undefined`, at the border to libraries that use both.
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-eval': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/prefer-nullish-coalescing': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',

      // `noUncheckedIndexedAccess` makes every `rows[i]` of a counted loop possibly undefined; `!` there says "the index is in range".
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Numbers and lists of numbers (shapes) print the same everywhere; the rule's aim, objects printed as [object Object], stays enforced.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true, allowArray: true }],
      // `() => list.push(x)` as a callback is clearer than a block around one call.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      // `_` says: the signature has this argument, or the rest leaves this key out, and nothing here reads it.
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_' },
      ],
      // A character is a code point here (LD and BLEU count them so), which is what spreading a string gives.
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      // `{}` is what a strict schema without parameters gives.
      '@typescript-eslint/no-generated-empty-object-type': 'off',
      // A stage's verb is async by contract, also where one member happens to await nothing.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    // The two folders that own the clock and the terminal; benchmarks measure time and print it.
    files: ['src/core/**/*.ts', 'src/cli/**/*.ts', 'bench/**/*.ts'],
    rules: { 'no-console': 'off', 'no-restricted-properties': ['error', noChance], 'no-restricted-syntax': 'off' },
  },
  {
    files: ['**/*.{js,mjs}'],
    extends: [tseslint.configs.base],
    rules: { 'no-undef': 'off', eqeqeq: 'error', 'no-eval': 'error', 'no-unused-vars': 'error' },
  },
);
