/** How an action is done: a phrase behind the query's wording, statements before the action's. */
import type { Kind, Modifier } from './action.ts';

const typeCheck = (type: string): Modifier => ({
  wordings: ['after checking the type', 'with type validation', 'refusing wrong types'],
  bodies: [
    `if not isinstance(V, ${type}):\n    raise TypeError(V)`,
    `assert isinstance(V, ${type})`,
    `if type(V) is not ${type}:\n    raise TypeError('bad')`,
  ],
});

const ifEmpty: Modifier = {
  wordings: ['or nothing when empty', 'tolerating empty input', 'with a guard against emptiness'],
  bodies: ['if not V:\n    return None', 'if len(V) == 0:\n    return', 'if V is None or len(V) < 1:\n    return None'],
};

const none: Modifier = { wordings: [''], bodies: [''] };

export const modifiers: Readonly<Record<Kind, Readonly<Record<string, Modifier>>>> = {
  list: {
    none,
    'if-empty': ifEmpty,
    'type-check': typeCheck('list'),
    backwards: {
      wordings: ['going backwards', 'starting from the end', 'in reverse'],
      bodies: ['V = V[::-1]', 'V = list(reversed(V))', 'V = V.copy()\nV.reverse()'],
    },
    'skip-empty': {
      wordings: ['skipping blanks', 'leaving out void ones', 'without empty entries'],
      bodies: ['V = [E for E in V if E]', 'V = list(filter(None, V))', 'V = [E for E in V if E is not None]'],
    },
    'first-few': {
      wordings: ['but only the first {n}', 'limited to {n} of them', 'stopping after {n}'],
      bodies: ['V = V[:{n}]', 'V = list(islice(V, {n}))', 'if len(V) > {n}:\n    V = V[:{n}]'],
    },
    'last-few': {
      wordings: ['but only the final {n}', 'for the latest {n}', 'ignoring all but the last {n}'],
      bodies: ['V = V[-{n}:]', 'V = list(deque(V, maxlen={n}))', 'V = V[len(V) - {n}:]'],
    },
    distinct: {
      wordings: ['without repetitions', 'each considered once', 'dropping duplicates'],
      bodies: ['V = list(set(V))', 'V = list(dict.fromkeys(V))', 'V = [E for I, E in enumerate(V) if E not in V[:I]]'],
    },
    shuffled: {
      wordings: ['in random order', 'after mixing them', 'by chance sequence'],
      bodies: ['random.shuffle(V)', 'V = random.sample(V, len(V))', 'V = list(V)\nrandom.shuffle(V)'],
    },
    alternate: {
      wordings: ['taking each second one', 'at every other place', 'leaving out one in two'],
      bodies: ['V = V[::2]', 'V = list(islice(V, 0, None, 2))', 'V = [E for I, E in enumerate(V) if I % 2 == 0]'],
    },
  },
  text: {
    none,
    'if-empty': ifEmpty,
    'type-check': typeCheck('str'),
    'any-case': {
      wordings: ['ignoring case', 'whatever the capitals', 'treating big and small letters alike'],
      bodies: ['V = V.lower()', 'V = V.casefold()', "V = ''.join(W.lower() for W in V)"],
    },
    trimmed: {
      wordings: ['after trimming blanks', 'without surrounding spaces', 'dropping outer whitespace'],
      bodies: ['V = V.strip()', 'V = V.lstrip().rstrip()', "V = re.sub(r'^\\s+|\\s+$', '', V)"],
    },
    'no-punctuation': {
      wordings: ['without punctuation', 'disregarding commas and dots', 'free of marks'],
      bodies: [
        "V = re.sub(r'[^\\w\\s]', '', V)",
        "V = V.translate(str.maketrans('', '', string.punctuation))",
        "V = ''.join(W for W in V if W not in string.punctuation)",
      ],
    },
    'no-digits': {
      wordings: ['leaving out numerals', 'once figures are gone', 'after digit removal'],
      bodies: [
        "V = re.sub(r'\\d', '', V)",
        "V = ''.join(W for W in V if not W.isdigit())",
        "for W in '0123456789':\n    V = V.replace(W, '')",
      ],
    },
    beginning: {
      wordings: ['looking at {n} letters only', 'limited to {n} characters', 'for the first {n} signs'],
      bodies: ['V = V[:{n}]', "V = ''.join(islice(V, {n}))", 'if len(V) > {n}:\n    V = V[:{n}]'],
    },
  },
  path: {
    none,
    missing: {
      wordings: ['or nothing if it is missing', 'unless there is none', 'tolerating absence'],
      bodies: [
        'if not os.path.exists(V):\n    return None',
        'if not Path(V).is_file():\n    return',
        'if not os.path.isfile(V):\n    return None',
      ],
    },
    home: {
      wordings: ['in the home folder', 'below the own directory', 'relative to the user account'],
      bodies: ['V = os.path.expanduser(V)', 'V = Path.home() / V', "V = os.path.join(os.environ['HOME'], V)"],
    },
    logged: {
      wordings: ['noting it in the log', 'and report progress', 'with a debug message'],
      bodies: ["logging.info('at %s', V)", "print('at', V)", 'logger.debug(V)'],
    },
    suffix: {
      wordings: ['adding an ending', 'with the extension completed', 'once its suffix is there'],
      bodies: ["V = V + '.txt'", "if not V.endswith('.txt'):\n    V += '.txt'", "V = str(Path(V).with_suffix('.txt'))"],
    },
    absolute: {
      wordings: ['with links resolved', 'after making the place absolute', 'wherever it really lies'],
      bodies: ['V = os.path.abspath(V)', 'V = Path(V).resolve()', 'V = os.path.realpath(V)'],
    },
    'type-check': typeCheck('str'),
  },
  mapping: {
    none,
    'if-empty': ifEmpty,
    'type-check': typeCheck('dict'),
    'skip-missing': {
      wordings: ['skipping unknown values', 'without undefined ones', 'leaving gaps out'],
      bodies: [
        'V = {K: W for K, W in V.items() if W is not None}',
        'for K in [K for K in V if V[K] is None]:\n    del V[K]',
        'V = dict(E for E in V.items() if E[1])',
      ],
    },
    'lower-keys': {
      wordings: ['ignoring case', 'whatever the capitals', 'with names in small letters'],
      bodies: [
        'V = {K.lower(): W for K, W in V.items()}',
        'V = dict((K.casefold(), W) for K, W in V.items())',
        'V = {K.lower(): V[K] for K in V}',
      ],
    },
    copied: {
      wordings: ['leaving the original untouched', 'on a copy', 'without side effects'],
      bodies: ['V = dict(V)', 'V = V.copy()', 'V = copy.deepcopy(V)'],
    },
    'first-few': {
      wordings: ['but only the first {n}', 'limited to {n} of them', 'stopping after {n}'],
      bodies: ['V = dict(list(V.items())[:{n}])', 'V = dict(islice(V.items(), {n}))', 'for K in list(V)[{n}:]:\n    del V[K]'],
    },
  },
};
