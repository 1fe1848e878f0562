/** What functions do with a text, with the file at a path, and with a mapping. */
import type { Action } from './action.ts';

export const textActions: Readonly<Record<string, Action>> = {
  'count-words': {
    wordings: ['count the words of a {o}', 'how many words has the {o}', 'number of words in a {o}'],
    bodies: ['return len(V.split())', 'R = 0\nfor W in V.split():\n    R += 1\nreturn R', "return len(re.findall(r'\\w+', V))"],
    verbs: ['wc', 'amount'],
  },
  'longest-word': {
    wordings: ['find the longest word of a {o}', 'which word of the {o} is longest', 'pick the {o} part with most letters'],
    bodies: [
      'return max(V.split(), key=len)',
      "R = ''\nfor W in V.split():\n    if len(W) > len(R):\n        R = W\nreturn R",
      'return sorted(V.split(), key=len)[-1]',
    ],
    verbs: ['biggest', 'widest'],
  },
  'reverse-words': {
    wordings: ['turn around the word order of a {o}', 'put the last word of the {o} first', 'reverse the words in a {o}'],
    bodies: [
      "return ' '.join(V.split()[::-1])",
      "R = V.split()\nR.reverse()\nreturn ' '.join(R)",
      "R = []\nfor W in V.split():\n    R.insert(0, W)\nreturn ' '.join(R)",
    ],
    verbs: ['backward', 'swap'],
  },
  palindrome: {
    wordings: ['check if a {o} reads the same both ways', 'is the {o} a palindrome', 'test a {o} for mirror symmetry'],
    bodies: [
      'return V == V[::-1]',
      "return V == ''.join(reversed(V))",
      'for I in range(len(V) // 2):\n    if V[I] != V[-1 - I]:\n        return False\nreturn True',
    ],
    verbs: ['symmetric', 'mirrored'],
  },
  'extract-numbers': {
    wordings: ['collect all numbers in a {o}', 'extract the integers from the {o}', 'which figures does a {o} hold'],
    bodies: [
      "return [int(W) for W in re.findall(r'-?\\d+', V)]",
      'R = []\nfor W in V.split():\n    if W.isdigit():\n        R.append(int(W))\nreturn R',
      "return list(map(int, re.findall(r'\\d+', V)))",
    ],
    verbs: ['digits', 'numeric'],
  },
  'letter-frequency': {
    wordings: ['how frequent is each letter of a {o}', 'letter statistics for the {o}', 'count every character of a {o}'],
    bodies: ['return Counter(V)', 'R = {}\nfor W in V:\n    R[W] = R.get(W, 0) + 1\nreturn R', 'return {W: V.count(W) for W in set(V)}'],
    verbs: ['occurrences', 'spectrum'],
  },
  'count-vowels': {
    wordings: ['count vowels in a {o}', 'how many vowels has the {o}', 'number of vowels of one {o}'],
    bodies: [
      "return sum(W in 'aeiou' for W in V)",
      "R = 0\nfor W in V:\n    if W in 'aeiou':\n        R += 1\nreturn R",
      "return len(re.findall('[aeiou]', V))",
    ],
    verbs: ['aeiou', 'sounds'],
  },
  'snake-case': {
    wordings: ['turn a {o} into an identifier', 'join the {o} with underscores', 'make the {o} usable as variable name'],
    bodies: ["return '_'.join(V.split())", "return V.replace(' ', '_')", "return re.sub(r'\\s+', '_', V)"],
    verbs: ['snake', 'slug'],
  },
  shorten: {
    wordings: ['shorten a {o} with dots at the end', 'abbreviate long {s}', 'cut a {o} that is too wide'],
    bodies: [
      "return V if len(V) <= P else V[:P] + '...'",
      "if len(V) > P:\n    V = V[:P - 3] + '...'\nreturn V",
      "return textwrap.shorten(V, P, placeholder='...')",
    ],
    verbs: ['ellipsis', 'clip'],
  },
  hash: {
    wordings: ['fingerprint of a {o}', 'compute a secure digest for the {o}', 'hash the {o}'],
    bodies: [
      'return hashlib.sha256(V.encode()).hexdigest()',
      "R = hashlib.new('sha1')\nR.update(V.encode())\nreturn R.hexdigest()",
      'return hashlib.md5(V.encode()).hexdigest()',
    ],
    verbs: ['checksum', 'sha'],
  },
  base64: {
    wordings: ['encode a {o} for safe transport', 'represent the {o} in ascii form', 'base64 of a {o}'],
    bodies: [
      'return base64.b64encode(V.encode()).decode()',
      'R = V.encode()\nreturn base64.urlsafe_b64encode(R)',
      "R = codecs.encode(V.encode(), 'base64')\nreturn R.decode()",
    ],
    verbs: ['b64', 'armour'],
  },
  'parse-date': {
    wordings: ['parse the date in a {o}', 'read a {o} as calendar day', 'convert the {o} to a moment in time'],
    bodies: [
      "return datetime.strptime(V, '%Y-%m-%d')",
      "R, W, K = V.split('-')\nreturn date(int(R), int(W), int(K))",
      'return datetime.fromisoformat(V)',
    ],
    verbs: ['stamp', 'when'],
  },
};

export const pathActions: Readonly<Record<string, Action>> = {
  'read-text': {
    wordings: ['read the whole {o} {file}', 'content of a {o} {file} as string', 'get everything written in the {o} {file}'],
    bodies: [
      'with open(V) as H:\n    return H.read()',
      'return Path(V).read_text()',
      "H = open(V, 'r')\nR = H.read()\nH.close()\nreturn R",
    ],
    verbs: ['slurp', 'body'],
  },
  'read-lines': {
    wordings: ['list of lines of the {o} {file}', 'split a {o} {file} into lines', 'load the {o} line by line'],
    bodies: [
      'with open(V) as H:\n    return H.readlines()',
      'return Path(V).read_text().splitlines()',
      'R = []\nwith open(V) as H:\n    for W in H:\n        R.append(W.rstrip())\nreturn R',
    ],
    verbs: ['rows', 'iterate'],
  },
  'load-json': {
    wordings: ['load the {o} from a json {file}', 'parse a json {o}', 'decode the {o} {file} in json format'],
    bodies: [
      'with open(V) as H:\n    return json.load(H)',
      'return json.loads(Path(V).read_text())',
      'H = open(V)\nR = json.loads(H.read())\nH.close()\nreturn R',
    ],
    verbs: ['unpack', 'deserialise'],
  },
  'load-csv': {
    wordings: ['read the table of a {o} {file}', 'load rows of the comma separated {o}', 'parse a csv {o} {file} into records'],
    bodies: [
      'with open(V) as H:\n    return list(csv.DictReader(H))',
      'return pandas.read_csv(V)',
      "R = []\nfor W in open(V):\n    R.append(W.strip().split(','))\nreturn R",
    ],
    verbs: ['tabular', 'frame'],
  },
  'count-lines': {
    wordings: ['how many lines has the {o} {file}', 'count lines of a {o}', 'line total for the {o} {file}'],
    bodies: [
      'with open(V) as H:\n    return sum(1 for W in H)',
      'R = 0\nfor W in open(V):\n    R += 1\nreturn R',
      'return len(Path(V).read_text().splitlines())',
    ],
    verbs: ['wc', 'tally'],
  },
  'size-of': {
    wordings: ['how large is the {o} {file}', 'storage needed by a {o}', 'extent of the {o} {file} on disk'],
    bodies: ['return os.path.getsize(V)', 'return Path(V).stat().st_size', 'R = os.stat(V)\nreturn R.st_size'],
    verbs: ['nbytes', 'footprint'],
  },
  copy: {
    wordings: ['copy the {o} {file} to another folder', 'duplicate a {o} elsewhere', 'make a second {o} {file}'],
    bodies: [
      'shutil.copy(V, P)',
      "with open(V, 'rb') as H:\n    Path(P).write_bytes(H.read())",
      'R = Path(V).read_bytes()\nPath(P).write_bytes(R)\nreturn P',
    ],
    verbs: ['clone', 'replicate'],
  },
  remove: {
    wordings: ['delete the {o} {file} from disk', 'get rid of a {o}', 'erase the {o} {file}'],
    bodies: ['os.remove(V)', 'Path(V).unlink()', 'os.unlink(V)\nreturn not os.path.exists(V)'],
    verbs: ['purge', 'drop'],
  },
  append: {
    wordings: ['append a line to the {o} {file}', 'add text at the end of a {o}', 'extend the {o} {file} by one entry'],
    bodies: [
      "with open(V, 'a') as H:\n    H.write(P + '\\n')",
      "H = open(V, 'a')\nH.write(P)\nH.close()",
      "with open(V, 'a') as H:\n    print(P, file=H)",
    ],
    verbs: ['push', 'more'],
  },
  'is-newer': {
    wordings: ['when was the {o} {file} changed last', 'modification time of a {o}', 'age of the latest {o} {file} edit'],
    bodies: ['return os.path.getmtime(V)', 'return Path(V).stat().st_mtime', 'R = os.stat(V).st_mtime\nreturn datetime.fromtimestamp(R)'],
    verbs: ['mtime', 'touched'],
  },
  compress: {
    wordings: ['compress the {o} {file}', 'make a smaller version of a {o} {file}', 'squeeze a {o} to save space'],
    bodies: [
      "with open(V, 'rb') as H:\n    R = gzip.compress(H.read())\nPath('%s.gz' % V).write_bytes(R)",
      "with zipfile.ZipFile(P, 'w') as H:\n    H.write(V)",
      'R = zlib.compress(Path(V).read_bytes())\nPath(P).write_bytes(R)',
    ],
    verbs: ['zipped', 'pack'],
  },
  verify: {
    wordings: ['checksum of the {o} {file}', 'fingerprint a {o} to detect changes', 'verify integrity of the {o} {file}'],
    bodies: [
      "with open(V, 'rb') as H:\n    return hashlib.md5(H.read()).hexdigest()",
      'R = hashlib.sha256(Path(V).read_bytes())\nreturn R.hexdigest()',
      "R = 0\nfor W in open(V, 'rb'):\n    R = zlib.crc32(W, R)\nreturn R",
    ],
    verbs: ['digest', 'sha'],
  },
};

export const mappingActions: Readonly<Record<string, Action>> = {
  invert: {
    wordings: ['swap keys and values of the {s}', 'look up names by {o} instead', 'invert the table of {s}'],
    bodies: [
      'return {W: K for K, W in V.items()}',
      'R = {}\nfor K, W in V.items():\n    R[W] = K\nreturn R',
      'return dict(zip(V.values(), V.keys()))',
    ],
    verbs: ['flip', 'transpose'],
  },
  'sort-by-value': {
    wordings: ['order names by their {o}', 'arrange the {s} from low to high', 'ranking according to {s}'],
    bodies: [
      'return dict(sorted(V.items(), key=lambda E: E[1]))',
      'R = list(V.items())\nR.sort(key=itemgetter(1))\nreturn R',
      'return {K: V[K] for K in sorted(V, key=V.get)}',
    ],
    verbs: ['ordered', 'ladder'],
  },
  'merge-two': {
    wordings: ['combine two tables of {s}', 'merge {s} with further ones', 'unite {s} from two sources'],
    bodies: ['return {**V, **P}', 'R = dict(V)\nR.update(P)\nreturn R', 'for K in P:\n    V[K] = P[K]\nreturn V'],
    verbs: ['union', 'blend'],
  },
  'largest-key': {
    wordings: ['which name has the largest {o}', 'who leads by {s}', 'find the key with maximal {o}'],
    bodies: [
      'return max(V, key=V.get)',
      'R = None\nfor K, W in V.items():\n    if R is None or W > V[R]:\n        R = K\nreturn R',
      'return sorted(V, key=V.get)[-1]',
    ],
    verbs: ['argmax', 'winner'],
  },
  'total-values': {
    wordings: ['add up all {s}', 'grand total of the {s}', 'sum of every {o} stored'],
    bodies: ['return sum(V.values())', 'R = 0\nfor K in V:\n    R += V[K]\nreturn R', 'return reduce(operator.add, V.values(), 0)'],
    verbs: ['accumulate', 'aggregate'],
  },
  'filter-values': {
    wordings: ['keep {s} beyond a limit', 'select names whose {o} is high enough', 'discard small {s}'],
    bodies: [
      'return {K: W for K, W in V.items() if W > P}',
      'R = {}\nfor K, W in V.items():\n    if W > P:\n        R[K] = W\nreturn R',
      'return dict(filter(lambda E: E[1] > P, V.items()))',
    ],
    verbs: ['above', 'retain'],
  },
  'safe-lookup': {
    wordings: ['the {o} of a name or a substitute', 'find one {o} with a fallback value', 'look up {s} but never fail'],
    bodies: ['return V.get(P, 0)', 'if P in V:\n    return V[P]\nreturn None', 'try:\n    return V[P]\nexcept KeyError:\n    return None'],
    verbs: ['get', 'safe'],
  },
};
