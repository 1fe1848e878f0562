/** Words that a language keeps for itself, and words that are read as more than an identifier in some places only. */
import type { Language } from './contracts.ts';

type Words = Readonly<Record<Language, ReadonlySet<string>>>;

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** C11, Java 17 with its literals, Python 3 with `print` and `exec` of Python 2. */
export const keywords: Words = {
  c: words(`
    auto break case char const continue default do double else enum extern float for goto if inline int long register restrict return
    short signed sizeof static struct switch typedef union unsigned void volatile while _Bool _Complex NULL`),
  java: words(`
    abstract assert boolean break byte case catch char class const continue default do double else enum extends final finally float for
    goto if implements import instanceof int interface long native new package private protected public return short static strictfp
    super switch synchronized this throw throws transient try void volatile while true false null var`),
  python: words(`
    False None True and as assert async await break class continue def del elif else except exec finally for from global if import in is
    lambda nonlocal not or pass print raise return try while with yield`),
};

/**
 * No keywords above, but what grammars read as types, literals or statements. Code uses them as identifiers too, so that they are
 * identifiers where code is read; where a name is chosen they are left out, so that a renamed function parses.
 */
export const contextualWords: Words = {
  c: words('alignas alignof asm bool constexpr defined false noreturn nullptr offsetof true typeof'),
  java: words('exports module non open opens permits provides record requires sealed to transitive uses when with yield'),
  python: words('case match type'),
};
