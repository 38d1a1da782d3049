// The parts of ECharts that are used. Built into a file of their own, which both builds share.
export { LineChart, LinesChart, ScatterChart } from 'echarts/charts';
export { GraphicComponent, GridComponent } from 'echarts/components';
export { format, init, use } from 'echarts/core';
export { SVGRenderer } from 'echarts/renderers';
