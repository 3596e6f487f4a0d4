/** The charts that are used, out of a library that is a third of everything; see charts.tsx. */
import "@mantine/charts/styles.css";

export { AreaChart, BarChart, DonutChart } from "@mantine/charts";
