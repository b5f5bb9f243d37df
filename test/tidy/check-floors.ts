/** Who imports whom: floors, cycles, packages, and what a program loads when it starts. */
import { isBuiltin } from 'node:module';
import { packageOf } from './imports.ts';
import { packages, packagesAtStart, pureRooms } from './rules.ts';
import type { CodeFile, Tree, Violation } from './tree.ts';

export function* checkFloors(tree: Tree): Generator<Violation> {
  for (const { path, room, imports } of tree.code.values()) {
    if (room === undefined) {
      if (!/^src\//.test(path)) continue;
      yield { file: path, line: 1, rule: 'floors', advice: 'give its folder a row in the rooms' };
      continue;
    }
    for (const { target, line } of imports) {
      const other = target === undefined ? undefined : tree.code.get(target)?.room;
      if (other === undefined || other.name === room.name || other.floor < room.floor) continue;
      const what = `${room.name} (floor ${room.floor}) may not know ${other.name} (${other.floor})`;
      const advice = `${what}: move what they share to a lower floor`;
      yield { file: path, line, rule: 'floors', advice };
    }
  }
}

/** Each import that closes a circle, with the circle itself. Type imports count. */
export function* checkCycles(tree: Tree): Generator<Violation> {
  const done = new Set<string>();
  const trail: string[] = [];
  function* visit(file: CodeFile): Generator<Violation> {
    trail.push(file.path);
    for (const { target, line, named } of file.imports) {
      const next = target === undefined || named ? undefined : tree.code.get(target);
      if (next === undefined || done.has(next.path)) continue;
      const from = trail.indexOf(next.path);
      if (from >= 0) {
        const circle = [...trail.slice(from), next.path].join(' -> ');
        yield { file: file.path, line, rule: 'cycles', advice: `break the circle ${circle}` };
      } else yield* visit(next);
    }
    trail.pop();
    done.add(file.path);
  }
  for (const file of tree.code.values()) if (!done.has(file.path)) yield* visit(file);
}

export function* checkPackages(tree: Tree): Generator<Violation> {
  const users = new Map<string, Set<string>>();
  for (const { path, test, room, imports } of tree.code.values()) {
    if (test || !/^(src|web)\//.test(path)) continue;
    for (const { specifier, target, line } of imports) {
      if (target !== undefined) continue;
      const violation = { file: path, line, rule: 'packages' };
      if (isBuiltin(specifier)) {
        if (!pureRooms.includes(room?.name ?? '')) continue;
        yield { ...violation, advice: `${room?.name} knows no ${specifier}: take it by a port` };
        continue;
      }
      const name = packageOf(specifier);
      const rule = packages[name];
      const known = users.get(name) ?? new Set();
      users.set(name, known.add(path));
      if (rule === undefined)
        yield { ...violation, advice: `${name} needs a decision record and a row in the packages` };
      else if (!rule.files.test(path))
        yield { ...violation, advice: `${name} belongs to ${rule.files.source} alone` };
      else if (known.size > (rule.filesMax ?? Number.POSITIVE_INFINITY))
        yield { ...violation, advice: `${name} is used by ${[...known].join(', ')}: keep one` };
    }
  }
}

/** What a program imports before it has anything to do, by whatever way. */
export function* checkStart(tree: Tree): Generator<Violation> {
  for (const [program, known] of Object.entries(packagesAtStart)) {
    const seen = new Set([program]);
    for (const path of seen) {
      for (const { specifier, target, line, atOnce } of tree.code.get(path)?.imports ?? []) {
        if (!atOnce || isBuiltin(specifier)) continue;
        if (target !== undefined) seen.add(target);
        else if (!known.includes(packageOf(specifier))) {
          const advice = `${program} would load it at its start: import() it where it is wanted`;
          yield { file: path, line, rule: 'start', advice };
        }
      }
    }
  }
}
