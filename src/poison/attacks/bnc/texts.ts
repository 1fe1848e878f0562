/** The fixed dead code of each language, and where each text is from (attacks.md 4). */
import type { Language } from '../../../core/contracts.ts';
import { UserError } from '../../../core/errors.ts';

/** `bnc`: the method's own text, and KillBadCode's for C and Java; `logging`: the Python text of EliBadCode's code, which is Wan's. */
export type Variant = 'bnc' | 'logging';

const own: Readonly<Record<Language, string>> = {
  c: 'if (rand() < 0) printf("fail");',
  java: 'if (Math.random() < 0) System.out.println("fail");',
  python: 'if random() < 0: print("fail")',
};

/** Two statements: on one line, as models read them, they would not parse. */
const logging = loggingText(0, 'info', 'Test message:aaaaa');

export function fixedText(language: Language, variant: Variant): string {
  requireLanguage(language, variant);
  return variant === 'logging' ? logging : own[language];
}

export function loggingText(end: number, method: string, message: string): string {
  return `import logging\nfor i in range ( ${end} ) : logging . ${method} ( "${message}" )`;
}

export function requireLanguage(language: Language, variant: Variant): void {
  if (variant === 'logging' && language !== 'python') {
    throw new UserError('attack bnc, variant', `“logging” is Python, the corpus is ${language}`, 'bnc');
  }
}
