import { describe, expect, test } from 'vitest';
import { specVersionOf } from '../model/newness.ts';
import { readDag } from './dag-file.ts';

const read = (task: string) => {
  const text = `id: x\nparams: { day: { type: string, default: mon } }\ntasks:\n  a: ${task}\n`;
  return readDag({ text, format: 'yaml', id: null, namespace: null, limits: null });
};

function specOf(task: string) {
  const result = read(task);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value.spec;
}

const taskOf = (task: string) => Object.values(specOf(task).tasks)[0];
const actionOf = (task: string) => taskOf(task)?.action;

const messages = (task: string): readonly string[] => {
  const result = read(task);
  return result.ok ? [] : result.error.map(({ path, message }) => `${path}: ${message}`);
};

describe('dag-file: docker', () => {
  test('every default is written out', () => {
    expect(taskOf('{ type: docker, image: "busybox:1.36" }')).toMatchObject({
      action: {
        kind: 'docker',
        image: 'busybox:1.36',
        command: null,
        entrypoint: null,
        mounts: [],
        network: null,
        user: null,
        workdir: null,
        pull: 'missing',
      },
      resources: { cpu: 250, slots: 1 },
    });
  });

  test('a command is a list, or a text that is split before anything is rendered', () => {
    const command = (text: string) => actionOf(`{ type: docker, image: x, command: ${text} }`);
    expect(command('[ls, -l, 5]')).toMatchObject({ command: ['ls', '-l', '5'] });
    expect(command(`'load --day {{ params.day + " x" }} "two words" $HOME'`)).toMatchObject({
      command: ['load', '--day', '{{ params.day + " x" }}', 'two words', '$HOME'],
    });
    expect(messages(`{ type: docker, image: x, command: "'open" }`)).toEqual([
      "tasks.a.command: a quote (') is not closed",
    ]);
  });

  test('a mount is read-only unless it says otherwise, and absolute', () => {
    const mounts =
      '[{ source: /in, target: /data }, { source: /o, target: /out, readOnly: false }]';
    expect(actionOf(`{ type: docker, image: x, mounts: ${mounts} }`)).toMatchObject({
      mounts: [
        { source: '/in', target: '/data', readOnly: true },
        { source: '/o', target: '/out', readOnly: false },
      ],
    });
    expect(messages('{ type: docker, image: x, mounts: [{ source: in, target: /data }] }')).toEqual(
      ['tasks.a.mounts[0].source: "in": a path is absolute: it begins with "/"'],
    );
  });

  test('what is wrong says what to write instead', () => {
    expect(messages('{ type: docker, image: x, cwd: /srv }')).toEqual([
      'tasks.a.cwd: `cwd` is a directory of a node: in a container it is `workdir`',
    ]);
    expect(messages('{ type: docker, image: "-x" }')[0]).toContain('an image is named as in');
    expect(messages('{ type: docker, image: x, workdir: "{{ params.nope }}" }')).toHaveLength(1);
  });

  test('a workflow with it is for members that know it', () => {
    expect(specVersionOf(specOf('{ type: docker, image: x }'))).toBe(4);
    expect(specVersionOf(specOf('{ type: kubernetes, image: x }'))).toBe(4);
  });
});

describe('dag-file: kubernetes', () => {
  test('what it asks for is asked of the cluster, and nothing of the node but a slot', () => {
    const amounts = 'resources: { cpu: 2, memory: 4Gi }, limits: { memory: 8Gi }';
    const task = taskOf(`{ type: kubernetes, image: x, args: "-v 1", ${amounts} }`);
    expect(task).toMatchObject({
      action: {
        kind: 'kubernetes',
        image: 'x',
        command: null,
        args: ['-v', '1'],
        requests: { cpu: 2000, memory: 4 * 1024 ** 3 },
        limits: { memory: 8 * 1024 ** 3 },
        pod: null,
      },
      resources: { slots: 1 },
    });
    expect(task).not.toHaveProperty('limits');
  });

  test('a pod template is a map, and may name the image', () => {
    const pod = '{ spec: { containers: [{ name: task, image: y }] } }';
    expect(actionOf(`{ type: kubernetes, pod: ${pod} }`)).toMatchObject({
      image: null,
      pod: { spec: { containers: [{ name: 'task', image: 'y' }] } },
    });
    expect(messages('{ type: kubernetes }')[0]).toContain('say `image`, or name one in `pod`');
    expect(messages('{ type: kubernetes, image: x, pod: [] }')[0]).toContain('is a map');
  });
});
