/** The charts, loaded when one is first shown: a page has its words and figures before. */
import type { AreaChartProps, BarChartProps, DonutChartProps } from "@mantine/charts";
import { Box } from "@mantine/core";
import { lazy, Suspense, type ComponentType } from "react";

const drawn = () => import("./drawn");

/** The chart, and until it is there an empty place of its size, so that nothing jumps. */
function later<Props extends object>(load: () => Promise<{ default: ComponentType<Props> }>, place: (props: Props) => Record<string, unknown>) {
  const Chart = lazy(load) as unknown as ComponentType<Props>;
  return function Later(props: Props) {
    return <Suspense fallback={<Box className="waiting" {...place(props)} />}><Chart {...props} /></Suspense>;
  };
}

export const AreaChart = later<AreaChartProps>(() => drawn().then((all) => ({ default: all.AreaChart })), ({ h }) => ({ h }));
export const BarChart = later<BarChartProps>(() => drawn().then((all) => ({ default: all.BarChart })), ({ h }) => ({ h }));
export const DonutChart = later<DonutChartProps>(() => drawn().then((all) => ({ default: all.DonutChart })), ({ size }) => ({ h: size ?? 160, w: size ?? 160 }));
