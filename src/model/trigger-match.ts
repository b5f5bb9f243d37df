/** What an event's name is compared with: NATS subjects with wildcards, and paths with `*`. */

/**
 * Whether a subject fits a pattern as NATS reads it: `*` is one token, `>` at the end is one or
 * more.
 */
export function subjectFits(pattern: string, subject: string): boolean {
  const wanted = pattern.split('.');
  const tokens = subject.split('.');
  for (const [place, token] of wanted.entries()) {
    if (token === '>') return place === wanted.length - 1 && tokens.length > place;
    if (place >= tokens.length || (token !== '*' && token !== tokens[place])) return false;
  }
  return tokens.length === wanted.length;
}

/** Whether there are subjects that fit both patterns. */
export function subjectsMeet(left: string, right: string): boolean {
  const these = left.split('.');
  const those = right.split('.');
  for (const [place, token] of these.entries()) {
    const other = those[place];
    if (other === undefined) return false;
    if (token === '>' || other === '>') return true;
    if (token !== other && token !== '*' && other !== '*') return false;
  }
  return these.length === those.length;
}

/** Whether a pattern stands for itself alone. */
export const isPlainSubject = (pattern: string): boolean =>
  !pattern.split('.').some((token) => token === '*' || token === '>');

/**
 * Whether an absolute path fits a pattern: `*` is any text without `/`, `?` one character, and `**`
 * any number of folders. Walks once with one way back for each star, so a hostile pattern costs no
 * more than pattern times path.
 */
export function pathFits(pattern: string, path: string): boolean {
  return foldersFit(pattern.split('/'), path.split('/'));
}

function foldersFit(wanted: readonly string[], folders: readonly string[]): boolean {
  return walk(wanted.length, folders.length, {
    isStar: (at) => wanted[at] === '**',
    fits: (at, place) => nameFits(wanted[at] ?? '', folders[place] ?? ''),
  });
}

const nameFits = (pattern: string, name: string): boolean =>
  walk(pattern.length, name.length, {
    isStar: (at) => pattern[at] === '*',
    fits: (at, place) => pattern[at] === '?' || pattern[at] === name[place],
  });

interface Alphabet {
  readonly isStar: (at: number) => boolean;
  readonly fits: (at: number, place: number) => boolean;
}

/** The usual greedy match of a pattern with stars: only the last star ever takes more. */
function walk(patternLength: number, length: number, { isStar, fits }: Alphabet): boolean {
  let at = 0;
  let place = 0;
  let star = -1;
  let starPlace = 0;
  while (place < length) {
    if (at < patternLength && isStar(at)) {
      star = at;
      starPlace = place;
      at += 1;
    } else if (at < patternLength && fits(at, place)) {
      at += 1;
      place += 1;
    } else if (star >= 0) {
      at = star + 1;
      starPlace += 1;
      place = starPlace;
    } else {
      return false;
    }
  }
  while (at < patternLength && isStar(at)) at += 1;
  return at === patternLength;
}

/** The part of a path pattern before its first wildcard, cut at a folder: what is watched. */
export function watchedFolder(pattern: string): string {
  const plain = pattern.search(/[*?]/);
  if (plain === -1) return pattern;
  const folder = pattern.slice(0, pattern.lastIndexOf('/', plain));
  return folder === '' ? '/' : folder;
}

/** Whether a node with `labels` has all that are `wanted`. */
export const labelsFit = (
  wanted: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): boolean => Object.entries(wanted).every(([name, value]) => labels[name] === value);
