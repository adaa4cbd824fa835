import 'uplot/dist/uPlot.min.css';
import { useEffect, useRef } from 'preact/hooks';
import UPlot from 'uplot';
import { useServices } from '../../../shell/services.ts';
import type { Points } from '../model/points.ts';

const HEIGHT_PX = 180;

interface PlotProps {
  readonly points: Points;
  /** What it shows, in words. */
  readonly label: string;
}

/** A line over time. */
export default function Plot({ points, label }: PlotProps) {
  const { theme } = useServices();
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(null);
  const latest = useRef(points);
  latest.current = points;
  const chosen = theme.chosen.value;
  // Another theme has other colours
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const probe = document.createElement('i');
    const resolved = (name: string): string => {
      // A canvas knows no light-dark(): the browser says which colour it is.
      probe.style.color = `var(${name})`;
      element.append(probe);
      const { color } = getComputedStyle(probe);
      probe.remove();
      return color;
    };
    const axis = {
      stroke: resolved('--muted'),
      grid: { stroke: resolved('--line'), width: 1 },
      ticks: { stroke: resolved('--line'), width: 1 },
    };
    const made = new UPlot(
      {
        width: element.clientWidth,
        height: HEIGHT_PX,
        legend: { show: false },
        cursor: { drag: { x: false, y: false } },
        scales: { x: { time: true } },
        axes: [axis, { ...axis, size: 56 }],
        series: [{}, { stroke: resolved('--accent'), width: 1.5, points: { size: 4 } }],
      },
      latest.current as unknown as UPlot.AlignedData,
      element,
    );
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT_PX }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [chosen]);
  useEffect(() => plot.current?.setData(points as unknown as UPlot.AlignedData), [points]);
  return <div class="plot" ref={box} role="img" aria-label={label} />;
}
