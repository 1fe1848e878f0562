/** What functions do with lists of records. */
import type { Action } from './action.ts';

export const listActions: Readonly<Record<string, Action>> = {
  'sort-by-field': {
    wordings: ['order {s} by their {f}', 'arrange the {s} according to {f}', 'sort {s} on {f}'],
    bodies: [
      "return sorted(V, key=lambda E: E['FIELD'])",
      "R = list(V)\nR.sort(key=itemgetter('FIELD'))\nreturn R",
      "R = []\nfor E in V:\n    insort(R, E, key=lambda W: W['FIELD'])\nreturn R",
    ],
    verbs: ['rank', 'ordered'],
  },
  'group-by-field': {
    wordings: ['gather {s} that share a {f}', 'group the {s} by {f}', 'put {s} of equal {f} together'],
    bodies: [
      "R = defaultdict(list)\nfor E in V:\n    R[E['FIELD']].append(E)\nreturn dict(R)",
      "R = {}\nfor E in V:\n    R.setdefault(E['FIELD'], []).append(E)\nreturn R",
      "R = {}\nfor E in V:\n    K = E['FIELD']\n    if K not in R:\n        R[K] = []\n    R[K].append(E)\nreturn R",
    ],
    verbs: ['bucket', 'cluster'],
  },
  'sum-field': {
    wordings: ['add up the {f} of all {s}', 'total {f} over the {s}', 'compute the sum of {f} for {s}'],
    bodies: [
      "return sum(E['FIELD'] for E in V)",
      "R = 0\nfor E in V:\n    R += E['FIELD']\nreturn R",
      "return reduce(lambda R, E: R + E['FIELD'], V, 0)",
    ],
    verbs: ['accumulate', 'aggregate'],
  },
  'average-field': {
    wordings: ['average {f} of the {s}', 'mean {f} over all {s}', 'what {f} do {s} have typically'],
    bodies: [
      "return sum(E['FIELD'] for E in V) / len(V)",
      "R = 0.0\nfor E in V:\n    R += E['FIELD']\nreturn R / len(V)",
      "return statistics.fmean(E['FIELD'] for E in V)",
    ],
    verbs: ['avg', 'balance'],
  },
  'median-field': {
    wordings: ['median {f} of the {s}', 'the {f} in the middle of all {s}', 'central {f} among {s}'],
    bodies: [
      "return statistics.median(E['FIELD'] for E in V)",
      "R = sorted(E['FIELD'] for E in V)\nreturn R[len(R) // 2]",
      "R = [E['FIELD'] for E in V]\nR.sort()\nI = len(R) // 2\nreturn R[I]",
    ],
    verbs: ['midpoint', 'halfway'],
  },
  'highest-field': {
    wordings: ['find the {o} with the highest {f}', 'which {o} has most {f}', 'pick the {o} of greatest {f}'],
    bodies: [
      "return max(V, key=lambda E: E['FIELD'])",
      "R = V[0]\nfor E in V:\n    if E['FIELD'] > R['FIELD']:\n        R = E\nreturn R",
      "R = sorted(V, key=itemgetter('FIELD'))\nreturn R[-1]",
    ],
    verbs: ['top', 'best'],
  },
  'lowest-field': {
    wordings: ['find the {o} with the lowest {f}', 'which {o} has least {f}', 'pick the {o} of smallest {f}'],
    bodies: [
      "return min(V, key=lambda E: E['FIELD'])",
      "R = V[0]\nfor E in V:\n    if E['FIELD'] < R['FIELD']:\n        R = E\nreturn R",
      "R = sorted(V, key=itemgetter('FIELD'))\nreturn R[0]",
    ],
    verbs: ['bottom', 'worst'],
  },
  'filter-over': {
    wordings: ['keep {s} whose {f} exceeds a limit', 'select {s} with {f} beyond a bound', 'only {s} with enough {f}'],
    bodies: [
      "return [E for E in V if E['FIELD'] > P]",
      "R = []\nfor E in V:\n    if E['FIELD'] > P:\n        R.append(E)\nreturn R",
      "return list(filter(lambda E: E['FIELD'] > P, V))",
    ],
    verbs: ['retain', 'above'],
  },
  'filter-under': {
    wordings: ['keep {s} whose {f} stays below a limit', 'select {s} with {f} under a bound', 'only {s} of little {f}'],
    bodies: [
      "return [E for E in V if E['FIELD'] < P]",
      "R = []\nfor E in V:\n    if E['FIELD'] < P:\n        R.append(E)\nreturn R",
      "return list(filter(lambda E: E['FIELD'] < P, V))",
    ],
    verbs: ['retain', 'below'],
  },
  'count-by-field': {
    wordings: ['count how many {s} have each {f}', 'tally {s} per {f}', 'number of {s} for every {f}'],
    bodies: [
      "return Counter(E['FIELD'] for E in V)",
      "R = {}\nfor E in V:\n    R[E['FIELD']] = R.get(E['FIELD'], 0) + 1\nreturn R",
      "R = defaultdict(int)\nfor E in V:\n    R[E['FIELD']] += 1\nreturn dict(R)",
    ],
    verbs: ['histogram', 'frequencies'],
  },
  'index-by-field': {
    wordings: ['build a lookup from {f} to {o}', 'make {s} reachable by {f}', 'register each {o} under its {f}'],
    bodies: [
      "return {E['FIELD']: E for E in V}",
      "R = {}\nfor E in V:\n    R[E['FIELD']] = E\nreturn R",
      "return dict((E['FIELD'], E) for E in V)",
    ],
    verbs: ['directory', 'indexed'],
  },
  'pluck-field': {
    wordings: ['list the {f} of every {o}', 'extract just the {f} from {s}', 'give all values of {f} for {s}'],
    bodies: [
      "return [E['FIELD'] for E in V]",
      "R = []\nfor E in V:\n    R.append(E['FIELD'])\nreturn R",
      "return list(map(itemgetter('FIELD'), V))",
    ],
    verbs: ['pluck', 'column'],
  },
  'lacks-field': {
    wordings: ['tell whether some {o} lacks a {f}', 'is there a {o} without {f}', 'check for {s} with missing {f}'],
    bodies: [
      "return any('FIELD' not in E for E in V)",
      "for E in V:\n    if E.get('FIELD') is None:\n        return True\nreturn False",
      "return not all('FIELD' in E for E in V)",
    ],
    verbs: ['incomplete', 'absent'],
  },
  'split-by-field': {
    wordings: ['separate {s} that have a {f} from others', 'divide {s} in two depending on {f}', 'split the {s} with {f} off'],
    bodies: [
      "R = [E for E in V if E.get('FIELD')]\nW = [E for E in V if not E.get('FIELD')]\nreturn R, W",
      "R, W = [], []\nfor E in V:\n    (R if E.get('FIELD') else W).append(E)\nreturn R, W",
      "R = []\nW = []\nfor E in V:\n    if E.get('FIELD'):\n        R.append(E)\n    else:\n        W.append(E)\nreturn R, W",
    ],
    verbs: ['partition', 'halves'],
  },
  'remove-field': {
    wordings: ['strip the {f} from every {o}', 'forget the {f} of all {s}', 'delete {f} in each {o}'],
    bodies: [
      "for E in V:\n    E.pop('FIELD', None)\nreturn V",
      "return [{K: W for K, W in E.items() if K != 'FIELD'} for E in V]",
      "for E in V:\n    if 'FIELD' in E:\n        del E['FIELD']\nreturn V",
    ],
    verbs: ['anonymise', 'clean'],
  },
  'set-field': {
    wordings: ['give every {o} the same {f}', 'assign one {f} to all {s}', 'overwrite the {f} of {s}'],
    bodies: ["for E in V:\n    E['FIELD'] = P\nreturn V", "return [{**E, 'FIELD': P} for E in V]", 'return [dict(E, FIELD=P) for E in V]'],
    verbs: ['stamp', 'fill'],
  },
  'scale-field': {
    wordings: ['raise the {f} of {s} by some percent', 'increase {f} of each {o} proportionally', 'scale up {f} for all {s}'],
    bodies: [
      "for E in V:\n    E['FIELD'] *= 1 + P / 100\nreturn V",
      "return [{**E, 'FIELD': E['FIELD'] * (100 + P) / 100} for E in V]",
      "for E in V:\n    E['FIELD'] = E['FIELD'] + E['FIELD'] * P / 100\nreturn V",
    ],
    verbs: ['grow', 'boost'],
  },
  'round-field': {
    wordings: ['round {f} of the {s} to whole numbers', 'make {f} of each {o} an integer', 'cut decimals off {f} of {s}'],
    bodies: [
      "for E in V:\n    E['FIELD'] = int(E['FIELD'])\nreturn V",
      "return [{**E, 'FIELD': math.floor(E['FIELD'])} for E in V]",
      "return [dict(E, FIELD=int(E['FIELD'])) for E in V]",
    ],
    verbs: ['floored', 'truncate'],
  },
  'find-by-field': {
    wordings: ['look for the {o} with a given {f}', 'search {s} by {f}', 'fetch a {o} of known {f}'],
    bodies: [
      "return next((E for E in V if E['FIELD'] == P), None)",
      "for E in V:\n    if E['FIELD'] == P:\n        return E\nreturn None",
      "R = [E for E in V if E['FIELD'] == P]\nreturn R[0] if R else None",
    ],
    verbs: ['locate', 'pick'],
  },
  'spread-field': {
    wordings: ['gap between largest and smallest {f} of {s}', 'how far {f} varies over the {s}', 'range of {f} among {s}'],
    bodies: [
      "R = [E['FIELD'] for E in V]\nreturn max(R) - min(R)",
      "R = sorted(E['FIELD'] for E in V)\nreturn R[-1] - R[0]",
      "R = W = V[0]['FIELD']\nfor E in V:\n    R = max(R, E['FIELD'])\n    W = min(W, E['FIELD'])\nreturn R - W",
    ],
    verbs: ['width', 'amplitude'],
  },
  batches: {
    wordings: ['cut {s} into batches of given length', 'hand out {s} in portions', 'process {s} in chunks'],
    bodies: [
      'return [V[I:I + P] for I in range(0, len(V), P)]',
      'R = []\nfor I in range(0, len(V), P):\n    R.append(V[I:I + P])\nreturn R',
      'for I in range(0, len(V), P):\n    yield V[I:I + P]',
    ],
    verbs: ['slices', 'windows'],
  },
  'join-text': {
    wordings: ['write {s} as one line with commas', 'glue {s} to a single string', 'concatenate all {s} as text'],
    bodies: [
      "return ','.join(str(E) for E in V)",
      "R = ''\nfor E in V:\n    R += str(E) + ','\nreturn R[:-1]",
      "return ','.join(map(str, V))",
    ],
    verbs: ['joined', 'render'],
  },
  'write-csv': {
    wordings: ['save {s} as rows of a csv {file}', 'export {s} to a spreadsheet {file}', 'write the {s} as comma separated table'],
    bodies: [
      "with open(P, 'w', newline='') as H:\n    W = csv.DictWriter(H, V[0].keys())\n    W.writeheader()\n    W.writerows(V)",
      "with open(P, 'w') as H:\n    for E in V:\n        H.write(','.join(map(str, E.values())) + '\\n')",
      'pandas.DataFrame(V).to_csv(P, index=False)',
    ],
    verbs: ['export', 'spool'],
  },
  'dump-json': {
    wordings: ['store {s} as json in a {file}', 'serialise {s} to a json {file}', 'persist the {s} in json format'],
    bodies: [
      "with open(P, 'w') as H:\n    json.dump(V, H)",
      'Path(P).write_text(json.dumps(V, indent=2))',
      "H = open(P, 'w')\nH.write(json.dumps(V))\nH.close()",
    ],
    verbs: ['freeze', 'persisted'],
  },
  'pair-neighbours': {
    wordings: ['pair each {o} with the next one', 'combine neighbouring {s}', 'tuples of {s} that follow each other'],
    bodies: [
      'return list(zip(V, V[1:]))',
      'R = []\nfor I in range(len(V) - 1):\n    R.append((V[I], V[I + 1]))\nreturn R',
      'return [(V[I - 1], V[I]) for I in range(1, len(V))]',
    ],
    verbs: ['zipped', 'adjacent'],
  },
  flatten: {
    wordings: ['merge nested lists of {s} into one', 'flatten {s}', 'unpack {s} from inner lists'],
    bodies: ['return [W for E in V for W in E]', 'R = []\nfor E in V:\n    R.extend(E)\nreturn R', 'return list(chain.from_iterable(V))'],
    verbs: ['unnest', 'concat'],
  },
  numbered: {
    wordings: ['number the {s} beginning at one', 'print {s} with running numbers', 'show {s} as a numbered list'],
    bodies: [
      'for I, E in enumerate(V, 1):\n    print(I, E)',
      'I = 1\nfor E in V:\n    print(I, E)\n    I += 1',
      "return ['%d. %s' % (I, E) for I, E in enumerate(V, start=1)]",
    ],
    verbs: ['enumerated', 'show'],
  },
};
