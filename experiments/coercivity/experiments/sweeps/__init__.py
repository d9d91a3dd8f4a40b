"""Designs, the dataset they fill, and the engines that fill it.

design, grid, sampling   what is varied, row by row
uncertainty, question    what is declared in conf/ and asked on the command line
plan                     a question with everything its answer depends on, on disk
runner, shard, dataset   a row made, rows kept, a folder that loses and doubles none
local, cluster           who makes them: this process, several, Slurm, Ray
"""
