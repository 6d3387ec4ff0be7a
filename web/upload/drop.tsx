import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../parts/icon.tsx';

interface DropProps {
  readonly pipeline: string;
  readonly onFiles: (files: readonly File[]) => void;
  /** There is nothing else to see yet. */
  readonly large: boolean;
}

/** Takes files: dropped anywhere on the page, or chosen. */
export function Drop({ pipeline, onFiles, large }: DropProps): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const over = useDrop(onFiles);
  return (
    <div class={`drop ${large ? 'large' : ''} ${over ? 'over' : ''}`}>
      <span class="drop-icon">
        <Icon name="upload" />
      </span>
      <p>
        <strong>Drop a file</strong> such as earthquakes.json anywhere here, for <strong>{pipeline}</strong>
        <span class="hint"> NDJSON, JSON, GeoJSON, CSV, TSV, access logs, Parquet; also gzipped</span>
        {large && (
          <span class="hint">
            or run <code>npm run -s millrace -- upload FILE --pipeline {pipeline}</code>
          </span>
        )}
      </p>
      <button type="button" class="button" onClick={() => input.current?.click()}>
        Choose a file
      </button>
      <input
        ref={input}
        class="sr-only"
        type="file"
        multiple
        tabIndex={-1}
        aria-label="File to upload"
        onChange={event => {
          const { files } = event.currentTarget;
          onFiles([...(files ?? [])]);
          event.currentTarget.value = '';
        }}
      />
    </div>
  );
}

/** Whether a file is held over the page. */
function useDrop(onFiles: (files: readonly File[]) => void): boolean {
  const [over, setOver] = useState(false);
  const latest = useRef(onFiles);
  latest.current = onFiles;
  useEffect(() => {
    const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;
    const drag = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(false);
      latest.current([...(event.dataTransfer?.files ?? [])]);
    };
    const events = { dragover: drag, dragleave: leave, drop };
    for (const [name, heard] of Object.entries(events)) addEventListener(name, heard as EventListener);
    return () => {
      for (const [name, heard] of Object.entries(events)) removeEventListener(name, heard as EventListener);
    };
  }, []);
  return over;
}
