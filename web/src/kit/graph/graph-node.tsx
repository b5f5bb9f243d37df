/** The nodes of a graph: tasks, folded groups, and the frames of open groups. */
import { Handle, type Node, type NodeProps, Position } from '@xyflow/react';
import { type CSSProperties, createContext, memo, useContext } from 'react';
import { trusted } from '../../data/wire.ts';
import { Icon } from '../icons.tsx';
import { StateSign, stateColor } from '../state.tsx';
import { useWords } from '../words.ts';
import type { NodeLook } from './model.ts';
import { graphWords } from './words.ts';

export interface NodeData extends Record<string, unknown> {
  readonly label: string;
  readonly kind: string;
  readonly look: NodeLook;
  readonly isGroup: boolean;
  readonly isSelected: boolean;
  readonly isEditable: boolean;
}

export interface FrameData extends Record<string, unknown> {
  readonly label: string;
}

export type TaskNode = Node<NodeData, 'task'>;
export type FrameNode = Node<FrameData, 'frame'>;

/** Folds or opens a group. */
export const FoldContext = createContext<((group: string) => void) | undefined>(undefined);

/** The styles of React know no properties of our own. */
const colorOf = (state: string | undefined) =>
  trusted<CSSProperties>(state === undefined ? {} : { '--node-color': stateColor(state) });

export const TaskBox = memo(function TaskBox({ id, data }: NodeProps<TaskNode>) {
  const w = useWords(graphWords);
  const fold = useContext(FoldContext);
  const { label, kind, look, isGroup, isSelected, isEditable } = data;
  const { state, badge, waits, counts } = look;
  const flag = (is: boolean | undefined) => (is === true ? '' : undefined);
  return (
    <div
      className="skein-node"
      data-plain={flag(state === undefined && !isGroup)}
      data-critical={flag(look.isCritical)}
      data-selected={flag(isSelected)}
      data-dim={flag(look.isDim)}
      data-group={flag(isGroup)}
      data-problem={flag(look.problem !== undefined)}
      data-state={state}
      title={look.problem ?? (waits === undefined ? label : `${label} – ${waits}`)}
      style={colorOf(state)}
    >
      {isGroup && state === undefined && <Icon name="dags" size={16} />}
      {state !== undefined && <StateSign state={state} size={20} />}
      <span style={{ minWidth: 0 }}>
        <div className="skein-node-name skein-name">{label}</div>
        <div className="skein-node-detail">{look.detail ?? kind}</div>
      </span>
      <span className="skein-node-marks">
        {isGroup && fold !== undefined && (
          <button
            type="button"
            tabIndex={-1}
            style={{ padding: 0 }}
            aria-label={w.unfold(label)}
            onClick={(event) => {
              event.stopPropagation();
              fold(id);
            }}
          >
            <Icon name="right" size={14} />
          </button>
        )}
        {waits !== undefined && (
          <span className="skein-node-waits" role="img" aria-label={`${w.waits}: ${waits}`}>
            <Icon name="clock" size={14} />
          </span>
        )}
        {badge !== undefined && (
          <span className="skein-node-badge" title={badge.title}>
            {badge.text}
          </span>
        )}
      </span>
      {counts !== undefined && <CountsBar counts={counts} />}
      {isEditable && !isGroup && (
        <>
          <Handle type="target" position={Position.Left} />
          <Handle type="source" position={Position.Right} />
        </>
      )}
    </div>
  );
});

/** How many are in each state, as one bar. */
export function CountsBar({ counts }: { readonly counts: NonNullable<NodeLook['counts']> }) {
  return (
    <span className="skein-node-bar" aria-hidden="true">
      {Object.entries(counts).map(([state, count]) => (
        <span key={state} style={{ flex: count ?? 0, background: stateColor(state) }} />
      ))}
    </span>
  );
}

export const Frame = memo(function Frame({ id, data }: NodeProps<FrameNode>) {
  const w = useWords(graphWords);
  const fold = useContext(FoldContext);
  return (
    <div className="skein-frame">
      <button
        type="button"
        tabIndex={-1}
        aria-label={w.fold(data.label)}
        onClick={() => fold?.(id.slice(framePrefix.length))}
      >
        <Icon name="down" size={14} />
        <span className="skein-node-name skein-name">{data.label}</span>
      </button>
    </div>
  );
});

/** Frames are nodes as well, and must not be called like a task. */
export const framePrefix = 'frame/';
