/** Which entries of a vocabulary a language accepts as the name of a local (attacks.md 3). */
import type { Language } from '../../core/contracts.ts';

const list = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Keywords, and lower-case words besides that grammars read as types, literals or statements, so that a renamed function parses. */
const reserved: Readonly<Record<Language, ReadonlySet<string>>> = {
  c: list(`
    auto break case char const continue default do double else enum extern float for goto if inline int long register restrict return
    short signed sizeof static struct switch typedef union unsigned void volatile while
    alignas alignof asm bool constexpr defined false noreturn nullptr offsetof true typeof`),
  java: list(`
    abstract assert boolean break byte case catch char class const continue default do double else enum extends final finally float for
    goto if implements import instanceof int interface long native new package private protected public return short static strictfp
    super switch synchronized this throw throws transient try void volatile while true false null
    exports module non open opens permits provides record requires sealed to transitive uses var when with yield`),
  python: list(`
    and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not
    or pass raise return try while with yield
    case exec match print type`),
};

/** Matches `\w+`, is no number and begins with no digit, which no language allows; no keyword. */
export const isName = (entry: string, language: Language): boolean => /^[A-Za-z_]\w*$/.test(entry) && !reserved[language].has(entry);
