"""The supply chain laid out as nodes, activities, arcs and curves that a clearing can solve."""
